#include "core/server/daemon/daemon_task.h"

#include <fcntl.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "core/base/system/no_memory.h"
#include "core/server/daemon/server_link.h"
#include "ipc/messages.h"
#include "ipc/wire.h"

namespace server {
namespace {

// Of descriptors that wait for room in the socket. Those that have been sent are the server
// process's, which counts them.
constexpr std::size_t kFilesMax = 64;

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

// From begin() to end() its number is taken.
void DaemonTask::begin(bool has_body, std::size_t head_size) {
    link_.outbox().promise_last_word();
    response.clear();
    last_said_.reset();
    is_running_ = true;
    ReceivedRequest::begin(has_body, head_size);
}

// --- The body

// With the link's mutex. Room for nothing more means: somebody reads, and a client that waits for
// "100 Continue" is to get it (RFC 9110 section 10.1.1).
void DaemonTask::give_room(std::uint32_t bytes) {
    std::string room;
    ipc::WireWriter(room).number(bytes);
    last_said_.reset();
    link_.outbox().frame(ipc::FrameType::kWindow, number_, 0, room);
    link_.flush_locked();
}

std::size_t DaemonTask::read_body_now(char* out, std::size_t max) {
    const Lock lock(link_.mutex());
    const std::size_t count = body().read(out, max);
    if (const std::uint32_t room = room_behind(count); room > 0) {
        give_room(room);
    }
    return count;
}

bool DaemonTask::is_body_complete() const {
    const Lock lock(link_.mutex());
    return body().is_complete();
}

base::Result<> DaemonTask::wait_for_body() {
    {
        const Lock lock(link_.mutex());
        if (body().must_be_asked_for()) {
            give_room(0);
        }
    }
    // No wake-up is lost: is_ready() looks and says that it waits in one hold of the link's mutex,
    // and is called with the pool's. The leader that changes what it looked at sees that somebody
    // waits and notifies, for which it needs the pool's, which is free only once this thread
    // sleeps.
    //
    // One that waits may have to lead: the frame that it waits for is read by nobody else then.
    link_.host().wait(*this, [this] {
        const Lock lock(link_.mutex());
        return !awaits_body();
    });
    const Lock lock(link_.mutex());
    // What has come is read first, also of a body that has failed.
    if (body().size() == 0 && !body().has_ended()) {
        const std::string& failure = body().failure();
        return base::fail(
            base::Fault::kClient, failure.empty() ? interp::kClientHasGone.what : failure
        );
    }
    return {};
}

// --- The answer

// With the link's mutex. It is there as a whole, or not at all.
void DaemonTask::add_head(std::uint8_t flags, base::Bytes body) {
    ipc::Outbox& outbox = link_.outbox();
    const ipc::Outbox::Place place = outbox.next_place();
    const std::size_t opened = outbox.open(ipc::FrameType::kHead, number_);
    try {
        if (body.empty()) {
            ipc::encode_response(response, outbox.bytes());
        } else {
            ipc::encode_response_with_body(response, body, outbox.bytes());
            flags |= ipc::kWithBody;
        }
        outbox.close(opened, flags);
        last_said_ = place;
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
    Lock lock(link_.mutex());
    if (is_abandoned()) {
        return tl::unexpected(interp::kClientHasGone);
    }
    // What is short goes with the head: most answers are one frame.
    const bool is_short = first.size() <= std::min(std::size_t{window()}, ipc::kBodyMax);
    try {
        add_head(0, is_short ? first : base::Bytes{});
    } catch (const std::bad_alloc&) {
        return fail_for_memory();
    }
    if (is_short) {
        use_window(first.size());
        first = {};
    }
    return send_body(lock, first, is_last);
}

base::Result<> DaemonTask::write(base::Bytes bytes, bool is_last) {
    Lock lock(link_.mutex());
    return send_body(lock, bytes, is_last);
}

base::Result<> DaemonTask::send_body(Lock& lock, base::Bytes bytes, bool is_last) {
    ipc::Outbox& outbox = link_.outbox();
    while (!bytes.empty() && !is_abandoned()) {
        // Only this thread takes from the window, and only the leader adds to it.
        if (window() == 0) {
            // The other end gives room only for what has reached it.
            link_.flush_locked();
            lock.unlock();
            link_.host().wait(*this, [this] {  // as in wait_for_body()
                const Lock its_lock(link_.mutex());
                return !awaits_window();
            });
            lock.lock();
            continue;
        }
        const std::size_t count = std::min({bytes.size(), std::size_t{window()}, ipc::kBodyMax});
        const ipc::Outbox::Place place = outbox.next_place();
        try {
            outbox.frame(ipc::FrameType::kBody, number_, 0, bytes.substr(0, count));
        } catch (const std::bad_alloc&) {
            return fail_for_memory();
        }
        last_said_ = place;
        use_window(count);
        bytes.remove_prefix(count);
    }
    if (is_abandoned()) {
        return tl::unexpected(interp::kClientHasGone);
    }
    // What is not the last part may be all for a long time: the client is to see it now.
    if (!is_last) {
        link_.flush_locked();
    }
    return {};
}

bool DaemonTask::takes_file() {
    Lock lock(link_.mutex());
    const bool has_room = link_.outbox().waiting_descriptors() < kFilesMax;
    lock.unlock();
    if (!has_room) {
        base::main_log().error("too many open files wait for the server to take them");
    }
    return has_room;
}

base::Result<> DaemonTask::respond_with_file(int fd, off_t offset, std::size_t count) {
    // The frame may leave long after this call, and the application may close its own at once. Not
    // 0, 1 or 2, should one of them be free: libraries write to those.
    base::Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy.is_open()) {
        return base::fail_errno("cannot duplicate the descriptor of a file to send", errno);
    }
    const Lock lock(link_.mutex());
    if (is_abandoned()) {
        return tl::unexpected(interp::kClientHasGone);
    }
    const std::size_t before = link_.outbox().bytes().size();
    try {
        std::string piece;
        ipc::encode_file_piece({static_cast<std::uint64_t>(offset), count}, piece);
        std::vector<base::Fd> descriptors;
        descriptors.push_back(std::move(copy));
        add_head(ipc::kWithFile, {});
        last_said_.reset();
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
    // As much as may be sent with the GIL held. Nobody else takes of it until this thread does.
    return window() < ipc::kBodyMax;
}

void DaemonTask::finish() {
    const Lock lock(link_.mutex());
    // Not flushed here: the pool does that for several at once (PoolHost::flush). The last word and
    // the end of running in one hold of the mutex: the number may come back as soon as the other
    // end has read the one, and must find the other.
    ipc::Outbox& outbox = link_.outbox();
    outbox.keep_promise();
    // Only now is the frame before it known to be the last one, and usually it is still here.
    if (!last_said_ || !outbox.mark_last(*last_said_)) {
        outbox.frame(ipc::FrameType::kEnd, number_, 0, {});
    }
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
    drop();
    if (response.headers.byte_count() > kKept) {
        response = {};
    }
}

}  // namespace server
