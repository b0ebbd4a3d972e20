#include "core/server/dispatch/aside/deferred.h"

namespace server {
namespace {

// The most of a body that waits for news before the client has to; bytes.
constexpr std::size_t kRoom = 64 * 1024;
// The most that is read before the application is called. It is what a responder takes at once.
constexpr std::size_t kReadAhead = 256 * 1024;
constexpr std::size_t kKeptBody = 64 * 1024;  // what an idle one may hold on to

}  // namespace

void Deferred::wait(Exchange::Phase phase) {
    if (!exchange_.is_deferred()) {
        body_.clear();
        is_share_used_up_ = has_ended_ = false;
        failure_.clear();
    }
    exchange_.enter(phase, this);
}

void Deferred::leave() {
    if (exchange_.is_deferred()) {
        return;
    }
    // An ErrorDocument gets no body: it was for whoever has failed.
    if (exchange_.responder != nullptr && exchange_.request().has_body()) {
        hand_over(*exchange_.responder);
    } else {
        abandon();
    }
}

void Deferred::hand_over(Responder& responder) {
    if (!body_.is_empty()) {
        responder.add_body(body_.bytes());
    }
    if (!failure_.empty()) {
        responder.fail_body(failure_);
    } else if (has_ended_) {
        responder.end_body();
    }
    abandon();
}

void Deferred::add_body(base::Bytes bytes) {
    body_.append(bytes);
    if (!share_.grow_to(early_bytes_, body_.size())) {
        is_share_used_up_ = true;
    }
}

bool Deferred::has_enough() const {
    return has_ended_ || !failure_.empty() || body_.size() >= kReadAhead || is_share_used_up_;
}

bool Deferred::has_room() {
    return exchange_.phase == Exchange::Phase::kBodyAwaited || body_.size() < kRoom;
}

// Whoever finds out comes back, and sees that the client has gone.
void Deferred::abandon() {
    body_.clear();
    body_.shrink(kKeptBody);
    share_.give_back();
}

}  // namespace server
