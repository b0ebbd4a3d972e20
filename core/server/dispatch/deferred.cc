#include "core/server/dispatch/deferred.h"

#include "core/server/answer/exchange.h"

namespace server {
namespace {

// The most of a body that waits before the client has to; bytes.
constexpr std::size_t kRoom = 64 * 1024;

}  // namespace

void Deferred::prepare() {
    body_.clear();
    has_ended_ = false;
    failure_.clear();
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
    body_.clear();
    body_.shrink(0);
}

bool Deferred::has_room() { return body_.size() < kRoom; }

void Deferred::announce_close() { exchange_.may_keep_alive = false; }

}  // namespace server
