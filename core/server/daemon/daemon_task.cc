#include "core/server/daemon/daemon_task.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "core/base/system/no_memory.h"

#include "core/server/daemon/server_link.h"
#include "ipc/wire.h"

namespace server {
namespace {

using Lock = std::unique_lock<std::mutex>;

const base::Error kClientGone{base::Fault::kClient, "the client has closed the connection"};

// What a task keeps for its next request; there are as many tasks as there ever were requests at
// once.
constexpr std::size_t kKept = 8 * 1024;

// Of descriptors that wait for room in the socket. Those that have been sent are the server
// process's, which counts them.
constexpr std::size_t kFilesMax = 64;

tl::unexpected<base::Error> breach(const char* what) {
    return base::fail(base::Fault::kServer, what);
}

// In room that has been promised the reason may be missing, but never the word.
void add_abort(ipc::Outbox& outbox, std::uint32_t number, int status, const std::string& reason) {
    std::string payload;
    try {
        ipc::encode_abort({status, reason}, payload);
        outbox.frame(ipc::FrameType::kAbort, number, 0, payload);
    } catch (const std::bad_alloc&) {
        std::string short_payload;
        ipc::encode_abort({status, {}}, short_payload);
        outbox.frame(ipc::FrameType::kAbort, number, 0, short_payload);
    }
}

}  // namespace

// --- The leader's side

// For a request that has just been decoded into the Parcel; all else is set anew here, because the
// task has served another one before. From begin() to end() its number is taken.
void DaemonTask::begin(bool has_body, std::size_t head_size) {
    link_.outbox().promise_last_word();
    response.clear();
    is_running_ = true;
    is_waiting_ = is_abandoned_ = false;
    is_large_ = head_size > kKept;
    body_.clear();
    body_has_ended_ = !has_body;
    body_error_.clear();
    consumed_ = received_ = 0;
    has_asked_continue_ = false;
    window_ = ipc::kWindow;
}

base::Result<bool> DaemonTask::on_body(const ipc::Frame& frame) {
    // What the other end may be ahead of what we have given room for is the window, and all that it
    // can make us keep.
    received_ += static_cast<std::uint32_t>(frame.payload.size());
    if (body_has_ended_ || received_ > ipc::kWindow) {
        return breach("the server process sent body bytes out of place");
    }
    // Bytes behind a hole would look like the body's next.
    if (body_error_.empty()) {
        body_.append(frame.payload);
    }
    return is_waiting_;
}

bool DaemonTask::on_end() {
    body_has_ended_ = body_error_.empty();  // one that has failed does not become complete
    return is_waiting_;
}

// What has come cannot be kept: the body has a hole from here on.
bool DaemonTask::on_no_memory() {
    if (!body_has_ended_) {
        body_error_ = "out of memory";
    }
    return is_waiting_;
}

base::Result<bool> DaemonTask::on_abort(const ipc::Frame& frame) {
    is_abandoned_ = is_abandoned_ || frame.is_last();  // otherwise only its body has failed
    const ipc::Abort abort = TRY(ipc::decode_abort(frame.payload));
    // A body that has ended may still be given up: the client has gone while the application works.
    body_error_ = abort.reason;
    return is_waiting_;
}

base::Result<bool> DaemonTask::on_window(const ipc::Frame& frame) {
    ipc::WireReader reader(frame.payload);
    const auto room = reader.number<std::uint32_t>();
    if (!reader.ok() || room > ipc::kWindow - std::min(window_, ipc::kWindow)) {
        return breach("the server process sent a malformed window");
    }
    window_ += room;
    return is_waiting_;
}

// --- The pool thread's side

std::size_t DaemonTask::read_body_now(char* out, std::size_t max) {
    const Lock lock(link_.mutex());
    const std::size_t count = std::min(max, body_.size());
    if (count == 0) {
        return 0;
    }
    std::memcpy(out, body_.bytes().data(), count);
    body_.consume(count);
    // Room is given back in halves of the window, so that short bodies cost no frame; and not
    // behind the end of the body, where nobody needs it.
    consumed_ += static_cast<std::uint32_t>(count);
    if (!body_has_ended_ && consumed_ >= ipc::kWindow / 2) {
        received_ -= consumed_;
        std::string room;
        ipc::WireWriter(room).number(std::exchange(consumed_, 0));
        link_.outbox().frame(ipc::FrameType::kWindow, number_, 0, room);
        link_.flush_locked();
    }
    return count;
}

bool DaemonTask::is_body_complete() const {
    const Lock lock(link_.mutex());
    return body_has_ended_ && body_.is_empty();
}

base::Result<> DaemonTask::wait_for_body() {
    // No wake-up is lost: is_ready() looks and says that it waits in one hold of the link's mutex,
    // and is called with the pool's. The leader that changes what it looked at sees is_waiting_ and
    // notifies, for which it needs the pool's, which is free only once this thread sleeps.
    const auto is_ready = [this] {
        const Lock lock(link_.mutex());
        is_waiting_ = body_.is_empty() && !body_has_ended_ && body_error_.empty() && !is_abandoned_;
        return !is_waiting_;
    };
    {
        const Lock lock(link_.mutex());
        if (body_.is_empty() && !body_has_ended_ && request.expects_continue &&
            !has_asked_continue_) {
            // Room for nothing more means: somebody reads. The server process tells the client (RFC
            // 9110 section 10.1.1).
            has_asked_continue_ = true;
            std::string room;
            ipc::WireWriter(room).number(std::uint32_t{0});
            link_.outbox().frame(ipc::FrameType::kWindow, number_, 0, room);
            link_.flush_locked();
        }
    }
    // One that waits may have to lead: the frame that it waits for is read by nobody else then.
    link_.host().wait(*this, is_ready);
    const Lock lock(link_.mutex());
    if (body_.is_empty() && !body_has_ended_) {
        return base::fail(
            base::Fault::kClient, body_error_.empty() ? kClientGone.what : body_error_
        );
    }
    return {};
}

base::Result<> DaemonTask::wait_for_window() {
    const auto is_ready = [this] {
        const Lock lock(link_.mutex());
        is_waiting_ = window_ == 0 && !is_abandoned_;
        return !is_waiting_;
    };
    link_.host().wait(*this, is_ready);
    return {};
}

// With the link's mutex. It is there as a whole, or not at all.
void DaemonTask::add_head(std::uint8_t flags) {
    ipc::Outbox& outbox = link_.outbox();
    const std::size_t opened = outbox.open(ipc::FrameType::kHead, number_);
    try {
        ipc::encode_response(response, outbox.bytes());
        outbox.close(opened, flags);
    } catch (const std::bad_alloc&) {
        outbox.drop(opened);
        throw;
    }
}

// This request's misfortune: where nothing of its answer has been sent, its client is told.
tl::unexpected<base::Error> DaemonTask::fail_for_memory() const {
    base::tell_no_memory(log != nullptr ? *log : base::main_log(), "an answer", request.target);
    return base::fail(base::Fault::kSystem, "out of memory");
}

base::Result<> DaemonTask::respond(base::Bytes first, bool is_last) {
    try {
        const Lock lock(link_.mutex());
        if (is_abandoned_) {
            return tl::unexpected(kClientGone);
        }
        add_head(0);
    } catch (const std::bad_alloc&) {
        return fail_for_memory();
    }
    return send_body(first, is_last);
}

base::Result<> DaemonTask::write(base::Bytes bytes, bool is_last) {
    return send_body(bytes, is_last);
}

base::Result<> DaemonTask::send_body(base::Bytes bytes, bool is_last) {
    Lock lock(link_.mutex());
    while (!bytes.empty() && !is_abandoned_) {
        // Only this thread takes from the window, and only the leader adds to it.
        if (window_ == 0) {
            // The other end gives room only for what has reached it.
            link_.flush_locked();
            lock.unlock();
            TRY(wait_for_window());
            lock.lock();
            continue;
        }
        const std::size_t count = std::min({bytes.size(), std::size_t{window_}, ipc::kBodyMax});
        // Never with kLast: the other end reuses the number after it, and this task is still at
        // work until finish().
        try {
            link_.outbox().frame(ipc::FrameType::kBody, number_, 0, bytes.substr(0, count));
        } catch (const std::bad_alloc&) {
            return fail_for_memory();
        }
        window_ -= static_cast<std::uint32_t>(count);
        bytes.remove_prefix(count);
    }
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    // What is not the last part may be all for a long time: the client is to see it now.
    if (!is_last) {
        link_.flush_locked();
    }
    return {};
}

bool DaemonTask::takes_file() {
    const Lock lock(link_.mutex());
    return link_.outbox().waiting_descriptors() < kFilesMax;
}

base::Result<> DaemonTask::respond_with_file(int fd, off_t offset, std::size_t count) {
    // The frame may leave long after this call, and the application may close its own at once. Not
    // 0, 1 or 2, should one of them be free: libraries write to those.
    base::Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy.is_open()) {
        return base::fail_errno("cannot duplicate the descriptor of a file to send", errno);
    }
    const Lock lock(link_.mutex());
    if (is_abandoned_) {
        return tl::unexpected(kClientGone);
    }
    const std::size_t before = link_.outbox().bytes().size();
    try {
        std::string piece;
        ipc::encode_file_piece({static_cast<std::uint64_t>(offset), count}, piece);
        std::vector<base::Fd> descriptors;
        descriptors.push_back(std::move(copy));
        add_head(ipc::kWithFile);
        link_.outbox().frame_with(
            ipc::FrameType::kDescriptor, number_, std::move(descriptors), piece
        );
    } catch (const std::bad_alloc&) {
        link_.outbox().drop(before);
        return fail_for_memory();
    }
    return {};
}

bool DaemonTask::would_block() const {
    const Lock lock(link_.mutex());
    // As much as may be sent with the GIL held. Nobody else takes of it until this thread does.
    return window_ < ipc::kBodyMax;
}

void DaemonTask::finish() {
    const Lock lock(link_.mutex());
    // Not flushed here: the pool does that for several at once (PoolHost::flush). The last word and
    // the end of running in one hold of the mutex: the number may come back as soon as the other
    // end has read the one, and must find the other.
    link_.outbox().keep_promise();
    link_.outbox().frame(ipc::FrameType::kEnd, number_, 0, {});
    end();
}

void DaemonTask::abort(int status, const base::Error& error) {
    const Lock lock(link_.mutex());
    link_.outbox().keep_promise();
    add_abort(link_.outbox(), number_, status, error.what);
    end();
}

// With the link's mutex.
void DaemonTask::end() {
    is_running_ = false;
    link_.on_task_ended();
    body_.clear();
    body_.shrink(kKept);
    if (is_large_) {
        request = {};
        route = {};
    }
    if (response.headers.byte_count() > kKept) {
        response = {};
    }
}

}  // namespace server
