#include "core/server/daemon/server_link.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "core/base/system/log.h"
#include "core/base/system/no_memory.h"
#include "ipc/messages.h"

namespace server {
namespace {

using Lock = std::unique_lock<std::mutex>;

// More streams than this at once on one link: the other end has gone mad.
constexpr std::uint32_t kStreamsMax = 1U << 20U;

// So long the leader waits for other threads to give back memory where there is none to read into,
// and so often.
constexpr int kStarvedMilliseconds = 20;
constexpr int kStarvedTimes = 250;

}  // namespace

void ServerLink::shut_down(std::uint32_t server) {
    const Lock lock(mutex_);
    // Not closed: the leader may be reading from it. It sees the end of the stream, and loses it.
    if (is_attached_ && server_ == server) {
        ::shutdown(channel_.fd(), SHUT_RDWR);
    }
}

void ServerLink::attach(base::Fd socket, std::uint32_t server) {
    const Lock lock(mutex_);
    server_ = server;
    channel_ = ipc::Channel::of_link(std::move(socket));
    heard_ = {};
    is_attached_ = true;
    // The first word: whoever hears it knows that this process did start.
    outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    flush_locked();
}

bool ServerLink::is_free() {
    const Lock lock(mutex_);
    // The first condition guards the second: tasks_ grows only while a leader reads.
    return !is_attached_ && std::ranges::none_of(tasks_, [](const auto& task) {
        return task != nullptr && task->is_running();
    });
}

bool ServerLink::receive() {
    const auto received = read_some();
    if (received && *received != ipc::Channel::Received::kClosed) {
        const auto read = read_frames();
        if (read) {
            channel_.rest_reader();
            return true;
        }
        base::main_log().error("closing the connection to a server process: {}", read.error().what);
    }
    lose();
    return false;
}

// Nothing: the link has failed.
std::optional<ipc::Channel::Received> ServerLink::read_some() {
    try {
        const auto received = channel_.receive();
        starved_ = 0;
        return received ? std::optional(*received) : std::nullopt;
    } catch (const std::bad_alloc&) {
        if (starved_ == 0) {
            base::tell_no_memory(base::main_log(), "what comes from a server process", "waiting");
        }
        if (++starved_ > kStarvedTimes) {
            return std::nullopt;
        }
        // Nothing has been read, so nothing is lost; those who run requests have memory to give
        // back.
        ::poll(nullptr, 0, kStarvedMilliseconds);
        return ipc::Channel::Received::kNothingYet;
    }
}

base::Result<> ServerLink::read_frames() {
    // All that has come is looked at, before anybody runs: requests that arrived together are
    // queued together, and are woken for once.
    while (const auto frame = TRY(channel_.next())) {
        TRY(on_frame(*frame));
    }
    return {};
}

base::Result<> ServerLink::on_frame(const ipc::Frame& frame) {
    // The kernel refuses them already where it can (ipc::refuse_descriptors).
    if (frame.header.descriptors > 0) {
        return base::fail(base::Fault::kServer, "descriptors that nobody has asked for");
    }
    if (frame.header.type == ipc::FrameType::kHead) {
        return on_head(frame);
    }
    if (frame.header.type == ipc::FrameType::kEcho) {
        return answer_echo();
    }
    const std::uint32_t number = frame.header.stream;
    if (number >= tasks_.size()) {
        return base::fail(base::Fault::kServer, "a frame for a request that was never asked");
    }
    // The leader's own list: no lock is needed to find a task, only to touch it.
    if (tasks_[number] == nullptr) {
        return {};  // it has been refused
    }
    DaemonTask& task = *tasks_[number];
    const bool is_abandoned =
        frame.header.type == ipc::FrameType::kAbort && (frame.header.flags & ipc::kLast) != 0;
    const bool must_notify = TRY(tell_task(task, frame));
    // Without the link's mutex, for the pool's comes first: a thread in ThreadPool::wait() asks
    // is_ready(), which takes the link's under the pool's. The task may end between the two; then
    // nobody waits.
    if (must_notify) {
        host_.notify(task);
    } else if (is_abandoned && host_.withdraw(task)) {
        // No thread has had time for it, and now nobody wants it.
        task.abort(503, {});
        flush();
    }
    return {};
}

// Whether its pool thread is to look again.
base::Result<bool> ServerLink::tell_task(DaemonTask& task, const ipc::Frame& frame) {
    const Lock lock(mutex_);
    if (!task.is_running()) {
        return false;  // it has been answered meanwhile
    }
    try {
        switch (frame.header.type) {
            case ipc::FrameType::kBody:
                return task.on_body(frame);
            case ipc::FrameType::kEnd:
                return task.on_end();
            case ipc::FrameType::kAbort:
                return task.on_abort(frame);
            case ipc::FrameType::kWindow:
                return task.on_window(frame);
            default:
                return base::fail(
                    base::Fault::kServer, "a frame that is not the server process's to send"
                );
        }
    } catch (const std::bad_alloc&) {
        base::tell_no_memory(base::main_log(), "the body of a request", task.request.target);
        return task.on_no_memory();
    }
}

base::Result<> ServerLink::answer_echo() {
    const Lock lock(mutex_);
    try {
        outbox().frame(ipc::FrameType::kEcho, 0, 0, {});
    } catch (const std::bad_alloc&) {
        return base::fail(base::Fault::kSystem, "out of memory");
    }
    flush_locked();
    return {};
}

base::Result<> ServerLink::on_head(const ipc::Frame& frame) {
    const std::uint32_t number = frame.header.stream;
    // The other end takes the lowest new number, or one that has been free: there are no gaps.
    if (number > tasks_.size() || number >= kStreamsMax) {
        return base::fail(base::Fault::kServer, "a request with a number out of order");
    }
    base::Result<> breach;
    try {
        if (number == tasks_.size()) {
            tasks_.emplace_back();
        }
        DaemonTask* const task = begin_task(frame, breach);
        if (task == nullptr) {
            if (breach) {
                refuse(number);
            }
            return breach;
        }
        task->log = host_.log_of(task->route.host);
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        task->facts.daemon_start = std::chrono::duration<double>(now).count();
        // From here on it is a pool thread's. The pool is woken by whoever called lead().
        host_.submit(*task);
    } catch (const std::bad_alloc&) {
        heard_ = {};  // the other end tells it anew once it hears that this one is refused
        if (number >= tasks_.size()) {
            return base::fail(base::Fault::kSystem, "out of memory");
        }
        refuse(number);
    }
    return {};
}

// Null: the other end has broken the protocol, or there is no memory for what it has told before.
DaemonTask* ServerLink::begin_task(const ipc::Frame& frame, base::Result<>& breach) {
    std::unique_ptr<DaemonTask>& task = tasks_[frame.header.stream];
    if (task == nullptr) {
        task = std::make_unique<DaemonTask>(*this, frame.header.stream);
    }
    const Lock lock(mutex_);
    if (task->is_running()) {
        breach = base::fail(base::Fault::kServer, "a second request with the same number");
        return nullptr;
    }
    // The Parcel of an idle task is the leader's. What is malformed ends the link, so that half of
    // a request is never run.
    const auto is_whole =
        ipc::decode_request(frame.payload, heard_, task->request, task->route, task->facts);
    if (!is_whole || !*is_whole) {
        breach = is_whole ? base::Result<>() : tl::unexpected(is_whole.error());
        return nullptr;
    }
    task->begin(!frame.is_last(), frame.payload.size());
    ++running_;
    return task.get();
}

// There is no memory for a request: its client hears of it, and the others go on. What still comes
// of it finds no task that runs.
void ServerLink::refuse(std::uint32_t number) {
    base::tell_no_memory(base::main_log(), "a request", "it is refused");
    std::string payload;
    ipc::encode_abort({503, {}}, payload);
    const Lock lock(mutex_);
    outbox().frame(ipc::FrameType::kAbort, number, 0, payload);
    flush_locked();
}

void ServerLink::lose() {
    {
        const Lock lock(mutex_);
        // All in one hold of the mutex: whoever sends afterwards sees that nothing is attached, and
        // nobody sends into a descriptor whose number is already another's. Out of epoll before it
        // is closed, since a copy in another process would keep it there.
        for (const auto& task : tasks_) {
            if (task != nullptr && task->is_running()) {
                task->on_link_lost();
            }
        }
        watcher_.stop_watching(*this);
        channel_.close_link();
        is_attached_ = false;
    }
    // Of each that waits; it is known to whoever asks whether it is ready.
    for (const auto& task : tasks_) {
        if (task != nullptr) {
            host_.notify(*task);
        }
    }
}

void ServerLink::flush() noexcept {
    if (!may_wait_.load(std::memory_order_relaxed)) {
        return;
    }
    const Lock lock(mutex_);
    flush_locked();
}

void ServerLink::flush_locked() noexcept {
    if (!is_attached_) {
        // Of a task that still runs: nobody will read it. What it holds of descriptors goes, too.
        channel_.outbox().drop_all();
        may_wait_.store(false, std::memory_order_relaxed);
        return;
    }
    // An error shows when the leader receives, too.
    const auto sent = channel_.flush();
    may_wait_.store(!channel_.outbox().is_empty(), std::memory_order_relaxed);
    if (sent && !*sent) {
        watcher_.watch_for_room(*this);
        // Everything is out, and nobody is at work: an idle link keeps little.
    } else if (running_ == 0) {
        channel_.outbox().rest();
    }
}

void ServerLink::announce_stop() {
    const Lock lock(mutex_);
    outbox().frame(ipc::FrameType::kStop, 0, 0, {});
    flush_locked();
}

}  // namespace server
