#include "core/server/embedded/embedded_task.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/base/file_systems.h"

namespace server {
namespace {

// The most that waits in one request, each way, before its sender has to wait; bytes.
constexpr std::size_t kRoom = 256 * 1024;
constexpr std::size_t kKeptBody = 64 * 1024;  // what an idle task may hold on to

const base::Error kClientGone{base::Fault::kClient, "the client has closed the connection"};

}  // namespace

void EmbeddedTask::prepare(const http::HeadContext& context, Ticket ticket) {
    ticket_ = ticket;
    context_ = context;
    response.clear();
    body_.clear();
    body_.shrink(kKeptBody);
    body_has_ended_ = !request.has_body();
    is_loop_paused_ = wants_continue_ = has_asked_continue_ = false;
    body_error_.clear();
    answer_.clear();
    is_in_inbox_ = is_abandoned_ = false;
}

// --- The pool thread's side

std::size_t EmbeddedTask::read_body_now(char* out, std::size_t max) {
    const Lock lock(mutex_);
    const std::size_t count = std::min(max, body_.size());
    if (count > 0) {
        std::memcpy(out, body_.bytes().data(), count);
        body_.consume(count);
    }
    if (is_loop_paused_ && body_.size() < kRoom / 2) {
        is_loop_paused_ = false;
        tell_loop(lock);
        inbox_.wake();
    }
    return count;
}

bool EmbeddedTask::is_body_complete() const {
    const Lock lock(mutex_);
    return body_has_ended_ && body_.is_empty();
}

base::Result<> EmbeddedTask::wait_for_body() {
    Lock lock(mutex_);
    if (body_.is_empty() && !body_has_ended_ && request.expects_continue && !has_asked_continue_) {
        // RFC 9110 section 10.1.1: only now is it certain that somebody wants the body.
        has_asked_continue_ = wants_continue_ = true;
        tell_loop(lock);
        inbox_.wake();
    }
    changed_.wait(lock, [this] {
        return !body_.is_empty() || body_has_ended_ || !body_error_.empty() || is_abandoned_;
    });
    if (body_.is_empty() && !body_has_ended_) {
        return base::fail(
            base::Fault::kClient, body_error_.empty() ? kClientGone.what : body_error_
        );
    }
    return {};
}

base::Result<> EmbeddedTask::wait_for_room(Lock& lock) {
    changed_.wait(lock, [this] { return answer_.wire.size() < kRoom || is_abandoned_; });
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    return {};
}

base::Result<> EmbeddedTask::respond(base::Bytes first, bool is_last) {
    Lock lock(mutex_);
    if (is_abandoned_) {
        answer_.has_head = true;
        return tl::unexpected(kClientGone);
    }
    // A client that was never told to go on with its body may send it or not: the connection cannot
    // live on (T-25).
    context_.may_keep_alive &= !request.expects_continue || has_asked_continue_ || body_has_ended_;
    answer_.begin(response, context_);
    append(lock, first, is_last);
    return {};
}

base::Result<> EmbeddedTask::write(base::Bytes bytes, bool is_last) {
    Lock lock(mutex_);
    TRY(wait_for_room(lock));
    append(lock, bytes, is_last);
    return {};
}

void EmbeddedTask::append(const Lock& lock, base::Bytes bytes, bool is_last) {
    answer_.add_body(bytes);
    // What is not the last part may be all for a long time: the client is to see it now.
    if (!is_last) {
        tell_loop(lock);
        inbox_.wake();
    }
}

base::Result<> EmbeddedTask::write_file(int fd, off_t offset, std::size_t count) {
    base::Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!duplicate.is_open()) {
        return base::fail_errno("cannot duplicate the descriptor of a file to send", errno);
    }
    // The application may have put something else in its place since it was looked at.
    if (!base::size_of_local_file(duplicate.get())) {
        return base::fail(
            base::Fault::kApplication,
            "the descriptor of a file to send is that of another file now"
        );
    }
    const Lock lock(mutex_);  // released before a descriptor that is not wanted is closed
    CHECK(!answer_.file.is_open());
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    answer_.add_file(std::move(duplicate), static_cast<std::uint64_t>(offset), count);
    return {};
}

bool EmbeddedTask::would_block() const {
    const Lock lock(mutex_);
    return answer_.wire.size() >= kRoom;
}

void EmbeddedTask::finish() {
    Lock lock(mutex_);
    // A dispatch script has no answer for the client, and one who has gone gets none.
    if (dispatch.script.empty() && !is_abandoned_) {
        answer_.end();
    } else {
        answer_.is_complete = true;
    }
    tell_loop(lock);
}

void EmbeddedTask::abort(int status, const base::Error&) {
    Lock lock(mutex_);
    answer_.fail(status);
    tell_loop(lock);
}

void EmbeddedTask::tell_loop(const Lock&) {
    if (!is_in_inbox_) {
        is_in_inbox_ = true;
        inbox_.push(ticket_);
    }
}

// --- The loop's side

void EmbeddedTask::add_body(base::Bytes bytes) {
    const Lock lock(mutex_);
    body_.append(bytes);
    changed_.notify_all();
}

void EmbeddedTask::end_body() {
    const Lock lock(mutex_);
    body_has_ended_ = true;
    changed_.notify_all();
}

void EmbeddedTask::fail_body(const std::string& reason) {
    const Lock lock(mutex_);
    body_error_ = reason;
    changed_.notify_all();
}

bool EmbeddedTask::has_room() {
    const Lock lock(mutex_);
    if (body_.size() < kRoom) {
        return true;
    }
    is_loop_paused_ = true;
    return false;
}

bool EmbeddedTask::take_continue_wish() {
    const Lock lock(mutex_);
    return std::exchange(wants_continue_, false);
}

void EmbeddedTask::take(Output& output) {
    const Lock lock(mutex_);
    is_in_inbox_ = false;
    const bool had_no_room = answer_.wire.size() >= kRoom;
    answer_.take(output);
    if (had_no_room) {
        changed_.notify_all();
    }
}

void EmbeddedTask::announce_close() {
    const Lock lock(mutex_);
    context_.may_keep_alive = false;
}

void EmbeddedTask::abandon() {
    const Lock lock(mutex_);
    is_abandoned_ = true;
    changed_.notify_all();
}

}  // namespace server
