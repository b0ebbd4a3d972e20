#include "core/server/client/http1/lent_exchange.h"

namespace server {

void LentExchange::take(const Generation::Hold& generation) {
    CHECK(exchange_ == nullptr);
    exchange_ = &lender_.take_exchange();
    exchange_->client = &asker_;
    exchange_->generation = generation;
}

void LentExchange::abandon() {
    if (Exchange* const exchange = std::exchange(exchange_, nullptr)) {
        // First, for whoever is told of it may answer at once, and is not to find us.
        exchange->client = nullptr;
        lender_.abandon(*exchange);
    }
}

void LentExchange::replace() {
    Exchange& old = *std::exchange(exchange_, nullptr);
    take(old.generation);
    // What its answer and its line in the log need; not the body, nor what was found out.
    exchange_->known.host = old.known.host;
    exchange_->request().method = old.request().method;
    exchange_->request().target = old.request().target;
    exchange_->request().minor = old.request().minor;
    exchange_->tally = old.tally;
    exchange_->outcome.extra_headers = std::move(old.outcome.extra_headers);
    old.client = nullptr;
    lender_.abandon(old);
}

}  // namespace server
