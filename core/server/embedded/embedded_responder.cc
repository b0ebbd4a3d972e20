#include "core/server/embedded/embedded_responder.h"

#include <new>
#include <utility>

#include "core/base/system/log.h"
#include "core/base/system/no_memory.h"

namespace server {
namespace {

using Lock = std::unique_lock<std::mutex>;

}  // namespace

void EmbeddedResponder::begin(Ticket ticket) {
    // No lock: the pool gets to see it by submit(), whose own lock makes all of this visible there.
    news_.begin(ticket);
    // An ErrorDocument gets none of what the script that failed has left.
    body_.begin(parcel_.request.has_body(), parcel_.request.expects_continue);
    answer_.clear();
    is_loop_paused_ = false;
    wants_continue_.store(false, std::memory_order_relaxed);
    is_abandoned_ = false;
    says_nothing_.store(false, std::memory_order_relaxed);
}

void EmbeddedResponder::add_body(base::Bytes bytes) {
    const Lock lock(mutex_);
    try {
        body_.add(bytes);
    } catch (const std::bad_alloc&) {
        body_.fail("out of memory");
        base::tell_no_memory(base::main_log(), "the body of a request", parcel_.request.target);
    }
    changed_.notify_all();
}

void EmbeddedResponder::end_body() {
    const Lock lock(mutex_);
    body_.end();
    changed_.notify_all();
}

void EmbeddedResponder::fail_body(const std::string& reason) {
    const Lock lock(mutex_);
    body_.fail(reason);
    changed_.notify_all();
}

bool EmbeddedResponder::has_room() {
    const Lock lock(mutex_);
    if (body_.size() < kRoom) {
        return true;
    }
    is_loop_paused_ = true;
    return false;
}

bool EmbeddedResponder::take_continue_wish() {
    // Most requests have no body: nothing is written for them.
    return wants_continue_.load(std::memory_order_relaxed) &&
           wants_continue_.exchange(false, std::memory_order_relaxed);
}

void EmbeddedResponder::take(Answer& taken) {
    const Lock lock(mutex_);
    // From here on news are told again; what was told and not taken yet is in what is taken now.
    news_.on_heard();
    if (answer_.take(taken)) {
        changed_.notify_all();
    }
}

bool EmbeddedResponder::has_said_all() const {
    const Lock lock(mutex_);
    return answer_.has_ended();
}

void EmbeddedResponder::abandon() {
    const Lock lock(mutex_);
    is_abandoned_ = true;
    answer_.drop();
    // What came of the body stays: an application that reads late gets the good part of a body that
    // broke off, as one that was quick.
    changed_.notify_all();
}

void EmbeddedResponder::let_go() {
    // No lock: its pool thread has said its last word, and nobody else looks at it.
    body_.drop(kKeptBodyBytes);
    answer_.let_go();
}

}  // namespace server
