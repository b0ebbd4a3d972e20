#include "core/server/embedded/embedded_task.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "core/base/foreign/disposal.h"
#include "core/base/foreign/file_systems.h"
#include "core/base/system/log.h"
#include "core/base/system/no_memory.h"

namespace server {

void EmbeddedTask::prepare(Ticket ticket) {
    response.clear();
    begin(ticket);
}

std::size_t EmbeddedTask::read_body_now(char* out, std::size_t max) {
    const Lock lock(mutex_);
    const std::size_t count = body_.read(out, max);
    // Half, so that a client is not stopped and started for every piece. Told once: the loop takes
    // the flag anew when it finds no room again.
    if (is_loop_paused_ && body_.size() < kRoom / 2) {
        is_loop_paused_ = false;
        news_.tell_of_body();
    }
    return count;
}

bool EmbeddedTask::is_body_complete() const {
    const Lock lock(mutex_);
    return body_.is_complete();
}

base::Result<> EmbeddedTask::wait_for_body() {
    Lock lock(mutex_);
    if (body_.must_be_asked_for()) {
        wants_continue_.store(true, std::memory_order_relaxed);
        news_.tell_of_body();
    }
    // Without the GIL, and not in ThreadPool::wait(): the loop, which no Python holds up, brings
    // what is waited for.
    changed_.wait(lock, [this] { return !body_.is_awaited() || is_abandoned_; });
    // What has come is read first, also of a body that has failed.
    if (body_.size() == 0 && !body_.has_ended()) {
        const std::string& failure = body_.failure();
        return base::fail(
            base::Fault::kClient, failure.empty() ? interp::kClientHasGone.what : failure
        );
    }
    return {};
}

base::Result<> EmbeddedTask::send(Lock& lock, base::Bytes bytes, bool is_last) {
    // The caller may hold the GIL where would_block() has said that there is room: others may have
    // taken it since, but here nobody waits.
    const bool is_promised = answer_.keep_promise(bytes.size());
    while (!bytes.empty()) {
        std::size_t count = bytes.size();
        // take() makes room, and abandon() ends the waiting; other answers' room (AnswerRoom) is
        // looked at when either comes, for this one has some by right.
        changed_.wait(lock, [&] {
            count = is_promised ? count : answer_.room_for(bytes.size());
            return count > 0 || is_abandoned_;
        });
        if (is_abandoned_) {
            return tl::unexpected(interp::kClientHasGone);
        }
        if (!answer_.add(bytes.substr(0, count))) {
            // This request's misfortune, and nobody else's.
            base::tell_no_memory(
                log != nullptr ? *log : base::main_log(), "an answer", request.target
            );
            return base::fail(base::Fault::kSystem, "out of memory");
        }
        bytes.remove_prefix(count);
        // What is not the last part may be all for a long time: the client is to see it now.
        // The last part goes with finish(), which comes at once, in the same send.
        if (!bytes.empty() || !is_last) {
            news_.tell_now();
        }
    }
    return {};
}

base::Result<> EmbeddedTask::respond(base::Bytes first, bool is_last) {
    Lock lock(mutex_);
    answer_.begin(response);  // the pool thread has nothing more to say in it
    if (is_abandoned_) {
        return tl::unexpected(interp::kClientHasGone);
    }
    // A head alone: nobody knows when more comes.
    if (first.empty() && !is_last) {
        news_.tell_now();
    }
    return send(lock, first, is_last);
}

base::Result<> EmbeddedTask::write(base::Bytes bytes, bool is_last) {
    Lock lock(mutex_);
    if (is_abandoned_) {
        return tl::unexpected(interp::kClientHasGone);
    }
    return send(lock, bytes, is_last);
}

base::Result<> EmbeddedTask::respond_with_loan(base::Loan whole_body, bool is_last) {
    const Lock lock(mutex_);
    answer_.begin(response);
    if (is_abandoned_) {
        return tl::unexpected(interp::kClientHasGone);
    }
    answer_.add_loan(std::move(whole_body));
    // As in send().
    if (!is_last) {
        news_.tell_now();
    }
    return {};
}

bool EmbeddedTask::takes_file() {
    const Lock lock(mutex_);
    return answer_.takes_file(route.host, facts.remote_addr);
}

base::Result<> EmbeddedTask::respond_with_file(int fd, off_t offset, std::size_t count) {
    base::Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!duplicate.is_open()) {
        return base::fail_errno("cannot duplicate the descriptor of a file to send", errno);
    }
    // The application may have put something else in its place since it was looked at.
    if (!base::size_of_local_file(duplicate.get())) {
        base::dispose(std::move(duplicate), base::DisposalLane("embedded"));
        return base::fail(
            base::Fault::kApplication,
            "the descriptor of a file to send is that of another file now"
        );
    }
    // Only now: what stands above may take its time.
    const Lock lock(mutex_);
    answer_.begin(response);
    if (is_abandoned_) {
        return tl::unexpected(interp::kClientHasGone);
    }
    // Not told now: finish() comes at once.
    answer_.add_file(std::move(duplicate), static_cast<std::uint64_t>(offset), count);
    return {};
}

bool EmbeddedTask::would_block() const {
    const Lock lock(mutex_);
    // The caller keeps the GIL on the strength of this, and whoever waited then would hold up
    // everybody: the next send() keeps the promise, whatever others have taken of the room since.
    return !answer_.promise_room();
}

void EmbeddedTask::finish() {
    const Lock lock(mutex_);
    // A dispatch script has no answer for the client, and one who has gone gets none.
    answer_.end(dispatch.script.empty() && !is_abandoned_);
    // Not woken here: the pool does that once for many (PoolHost::flush). The last thing that this
    // thread does with it, but for giving the lock back.
    news_.tell();
}

void EmbeddedTask::abort(int status, const base::Error&) {
    const Lock lock(mutex_);
    answer_.fail(status);
    news_.tell();
}

}  // namespace server
