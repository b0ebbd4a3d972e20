#include "core/server/answer/exchange.h"

#include "core/server/client/connection.h"
#include "core/server/dispatch/loop_thread.h"

namespace server {

void Exchange::on_answer() {
    if (connection != nullptr) {
        connection->pump();
        return;
    }
    if (responder == nullptr) {
        return;
    }
    responder->take(output);
    if (output.has_ended()) {
        thread.release_exchange(*this);
    }
}

void Exchange::keep(const site::Walk& its_walk) {
    if (walk == nullptr) {
        walk = std::make_unique<site::Walk>();
    }
    *walk = its_walk;
    // The mapper's and the question's own: they are about another request by the time of the log.
    walk->request = nullptr;
    walk->vary = nullptr;
    has_walk = true;
}

site::Request Exchange::question(const HeaderView& headers) {
    site::Request question;
    question.host = host;
    question.method = request().method;
    question.target = request().target;
    question.path = request().path();
    question.query = request().query();
    question.authority = request().authority;
    question.minor = request().minor;
    question.is_https = facts().is_https;
    question.remote_addr = facts().remote_addr;
    question.remote_port = static_cast<std::uint16_t>(facts().remote_port);
    question.server_addr = facts().server_addr;
    question.local_port = static_cast<std::uint16_t>(facts().server_port);
    question.request_id = facts().request_id;
    question.failure = failure;
    question.remote_host = remote_host;
    question.headers = &headers;
    return question;
}

}  // namespace server
