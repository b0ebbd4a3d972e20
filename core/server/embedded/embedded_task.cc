#include "core/server/embedded/embedded_task.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "core/base/check.h"
#include "core/base/system/disposal.h"
#include "core/base/system/file_systems.h"
#include "core/base/system/log.h"
#include "core/base/system/no_memory.h"

namespace server {
namespace {

// The most of a body that waits before the client has to; bytes.
constexpr std::size_t kRoom = 256 * 1024;
// What an application sends in one go of an answer that has no room as a whole: the client gets the
// one while the next is put together.
constexpr std::size_t kPiece = 128 * 1024;
// Less than this is written with the GIL held.
constexpr std::size_t kShort = 64 * 1024;
constexpr std::size_t kKeptBody = 64 * 1024;  // what an idle task may hold on to

const base::Error kClientGone{base::Fault::kClient, "the client has closed the connection"};

}  // namespace

void EmbeddedTask::prepare(Ticket ticket) {
    // No lock: the pool gets to see it by submit(), whose own lock makes all of this visible there.
    ticket_ = ticket;
    response.clear();
    body_.clear();  // an ErrorDocument gets none of what the script that failed has left
    body_has_ended_ = !request.has_body();
    is_loop_paused_ = wants_continue_ = has_asked_continue_ = false;
    body_error_.clear();
    answer_.clear();
    sending_ = 0;
    share_.hold(0);
    file_share_.give_back();
    is_room_promised_ = was_taken_ = is_in_inbox_ = is_abandoned_ = false;
}

// --- The pool thread's side

std::size_t EmbeddedTask::read_body_now(char* out, std::size_t max) {
    const Lock lock(mutex_);
    const std::size_t count = std::min(max, body_.size());
    if (count > 0) {
        std::memcpy(out, body_.bytes().data(), count);
        body_.consume(count);
    }
    // Half, so that a client is not stopped and started for every piece. Told once: the loop takes
    // the flag anew when it finds no room again.
    if (is_loop_paused_ && body_.size() < kRoom / 2) {
        is_loop_paused_ = false;
        tell_loop_of_body(lock);
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
        tell_loop_of_body(lock);
    }
    // Without the GIL, and not in ThreadPool::wait(): the loop, which no Python holds up, brings
    // what is waited for.
    changed_.wait(lock, [this] {
        return !body_.is_empty() || body_has_ended_ || !body_error_.empty() || is_abandoned_;
    });
    // What has come is read first, also of a body that has failed.
    if (body_.is_empty() && !body_has_ended_) {
        return base::fail(
            base::Fault::kClient, body_error_.empty() ? kClientGone.what : body_error_
        );
    }
    return {};
}

// How much of `size` bytes may be added now; 0: nothing yet.
std::size_t EmbeddedTask::room_for(const Lock&, std::size_t size) const {
    const std::size_t most = AnswerRoom::of_one();
    const std::size_t room = most - std::min(share_.held(), most);
    if (size <= room) {
        return size;
    }
    // A client that takes its answer in small pieces would have the application woken for each of
    // them.
    const std::size_t worthwhile = std::min({size, kPiece / 2, most / 2});
    return room < worthwhile ? 0 : std::min(room, kPiece);
}

void EmbeddedTask::measure(const Lock&) { share_.hold(sending_ + answer_.size()); }

// Out of memory is this request's misfortune: as long as the client has seen nothing of the answer,
// it can still be told.
tl::unexpected<base::Error> EmbeddedTask::fail_for_memory(const Lock& lock) {
    if (!was_taken_) {
        answer_.clear();
    }
    std::string().swap(answer_.body);
    measure(lock);
    base::tell_no_memory(log != nullptr ? *log : base::main_log(), "an answer", request.target);
    return base::fail(base::Fault::kSystem, "out of memory");
}

base::Result<> EmbeddedTask::append(const Lock& lock, base::Bytes bytes) {
    try {
        answer_.add_body(bytes);
    } catch (const std::bad_alloc&) {
        return fail_for_memory(lock);
    }
    measure(lock);
    return {};
}

base::Result<> EmbeddedTask::send(Lock& lock, base::Bytes bytes, bool is_last) {
    // The caller may hold the GIL where would_block() has said that there is room: others may have
    // taken it since, but here nobody waits.
    const bool is_promised = std::exchange(is_room_promised_, false) && bytes.size() <= kShort;
    while (!bytes.empty()) {
        std::size_t count = bytes.size();
        // take() makes room, and abandon() ends the waiting; other answers' room (AnswerRoom) is
        // looked at when either comes, for this one has some by right.
        changed_.wait(lock, [&] {
            count = is_promised ? count : room_for(lock, bytes.size());
            return count > 0 || is_abandoned_;
        });
        if (is_abandoned_) {
            return tl::unexpected(kClientGone);
        }
        TRY(append(lock, bytes.substr(0, count)));
        bytes.remove_prefix(count);
        // What is not the last part may be all for a long time: the client is to see it now.
        // The last part goes with finish(), which comes at once, in the same send.
        if (!bytes.empty() || !is_last) {
            tell_loop(lock);
            inbox_.wake();
        }
    }
    return {};
}

base::Result<> EmbeddedTask::respond(base::Bytes first, bool is_last) {
    Lock lock(mutex_);
    if (is_abandoned_) {
        answer_.begin(response);
        return tl::unexpected(kClientGone);
    }
    answer_.begin(response);  // the pool thread has nothing more to say in it
    measure(lock);
    // A head alone: nobody knows when more comes.
    if (first.empty() && !is_last) {
        tell_loop(lock);
        inbox_.wake();
    }
    return send(lock, first, is_last);
}

base::Result<> EmbeddedTask::write(base::Bytes bytes, bool is_last) {
    Lock lock(mutex_);
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    return send(lock, bytes, is_last);
}

bool EmbeddedTask::takes_file() {
    const Lock lock(mutex_);
    return file_share_.grow_to(files_, 1);
}

base::Result<> EmbeddedTask::respond_with_file(int fd, off_t offset, std::size_t count) {
    base::Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!duplicate.is_open()) {
        return base::fail_errno("cannot duplicate the descriptor of a file to send", errno);
    }
    // The application may have put something else in its place since it was looked at.
    if (!base::size_of_local_file(duplicate.get())) {
        base::dispose(std::move(duplicate));
        return base::fail(
            base::Fault::kApplication,
            "the descriptor of a file to send is that of another file now"
        );
    }
    // Only now: what stands above may take its time.
    const Lock lock(mutex_);
    answer_.begin(response);
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    // Not told now: finish() comes at once.
    answer_.add_file(std::move(duplicate), static_cast<std::uint64_t>(offset), count);
    return {};
}

bool EmbeddedTask::would_block() const {
    const Lock lock(mutex_);
    // The caller keeps the GIL on the strength of this, and whoever waited then would hold up
    // everybody: the next send() keeps the promise, whatever others have taken of the room since.
    is_room_promised_ = room_for(lock, kShort) == kShort;
    return !is_room_promised_;
}

void EmbeddedTask::finish() {
    Lock lock(mutex_);
    // A dispatch script has no answer for the client, and one who has gone gets none.
    if (dispatch.script.empty() && !is_abandoned_) {
        answer_.end();
    } else {
        answer_.ending = Answer::Ending::kComplete;
    }
    // Not woken here: the pool does that once for many (PoolHost::flush). The last thing that this
    // thread does with it, but for giving the lock back.
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

// While a send is in flight, is_in_inbox_ stands for news of the answer that the loop has heard and
// looks at when the send has completed. News of the body cannot wait for that.
void EmbeddedTask::tell_loop_of_body(const Lock&) {
    inbox_.push(ticket_);
    inbox_.wake();
}

// --- The loop's side

void EmbeddedTask::add_body(base::Bytes bytes) {
    const Lock lock(mutex_);
    // Bytes behind a hole would look like the body's next.
    if (!body_error_.empty()) {
        return;  // there is a hole in it already
    }
    try {
        body_.append(bytes);
    } catch (const std::bad_alloc&) {
        body_error_ = "out of memory";
        base::tell_no_memory(base::main_log(), "the body of a request", request.target);
    }
    changed_.notify_all();
}

void EmbeddedTask::end_body() {
    const Lock lock(mutex_);
    // One that has failed does not become complete.
    body_has_ended_ = body_error_.empty();
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

void EmbeddedTask::take(Answer& taken) {
    const Lock lock(mutex_);
    // From here on news are told again; what was told and not taken yet is in what is taken now.
    is_in_inbox_ = false;
    const std::size_t before = share_.held();
    answer_.take(taken);
    sending_ = taken.size();
    was_taken_ = was_taken_ || sending_ > 0;
    measure(lock);
    if (share_.held() < before) {
        changed_.notify_all();
    }
}

bool EmbeddedTask::has_said_all() const {
    const Lock lock(mutex_);
    return answer_.has_ended();
}

void EmbeddedTask::abandon() {
    const Lock lock(mutex_);
    // Nobody reads it: the memory goes now, though the application may go on for long.
    is_abandoned_ = true;
    std::string().swap(answer_.body);
    answer_.drop_file();
    answer_.head_size = 0;
    sending_ = 0;
    measure(lock);
    // What came of the body stays: an application that reads late gets the good part of a body that
    // broke off, as one that was quick.
    changed_.notify_all();
}

bool EmbeddedTask::has_ended() const {
    const Lock lock(mutex_);
    return answer_.has_ended();
}

void EmbeddedTask::let_go() {
    file_share_.give_back();
    body_.clear();  // its pool thread has said its last word: nobody else looks at it
    body_.shrink(kKeptBody);
    if (share_.is_counted()) {
        const Lock lock(mutex_);
        sending_ = 0;
        measure(lock);
    }
}

}  // namespace server
