// A daemon process's end of the socketpair to one event loop of a server process (it is named after
// the other end, as DaemonLink is there). The leader receives; any pool thread sends. Link objects
// are reused and never destroyed before the pool has stopped: a pool thread may still be leaving
// one.
//
//     free ─ attach() ─→ attached ─ lose() ─→ lost, while tasks of it still run ─→ free
//
// Attached: the leader reads, and what is sent goes out. Lost: the descriptor is gone, running
// tasks have been told, and what they still send is dropped. Free: no task runs, attach() may give
// it another socket. announce_stop() changes nothing here: it is the other end that then asks for
// nothing more, and closes when it has all its answers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/system/fd.h"
#include "core/server/daemon/daemon_task.h"
#include "ipc/channel.h"
#include "ipc/told.h"

namespace server {

class ServerLink {
public:
    // Who runs its requests: see interp/thread_pool.h.
    class Host {
    public:
        virtual ~Host() = default;
        virtual void submit(DaemonTask& task) = 0;
        [[nodiscard]] virtual bool withdraw(DaemonTask& task) = 0;
        virtual void wait(DaemonTask& task, const std::function<bool()>& is_ready) = 0;
        virtual void notify(const DaemonTask& task) = 0;
        virtual const base::Log* log_of(std::uint32_t host) const = 0;
    };
    // Who waits for its socket.
    class Watcher {
    public:
        virtual ~Watcher() = default;
        // The socket is full: say so once it is not.
        virtual void watch_for_room(ServerLink& link) = 0;
        // Its socket is about to be closed.
        virtual void stop_watching(ServerLink& link) = 0;
    };

    ServerLink(Host& host, Watcher& watcher) : host_(host), watcher_(watcher) {}

    // Begins with a new socket to server process number `server`. Only while is_free().
    void attach(base::Fd socket, std::uint32_t server);
    // Ends the connection to that server process, which has died; the leader does the rest.
    void shut_down(std::uint32_t server);
    [[nodiscard]] bool is_free();
    [[nodiscard]] int fd() const { return channel_.fd(); }

    // Leader. False: the server process has closed its end.
    bool receive();
    // Any thread: sends what waits, by itself or by the thread that is just sending it.
    void flush() noexcept;
    // Any thread: the other end is to open no more streams here.
    void announce_stop();

    // For tasks.
    [[nodiscard]] Host& host() { return host_; }
    [[nodiscard]] std::mutex& mutex() { return mutex_; }
    // The following with the mutex. Whoever asks for the outbox adds to it.
    [[nodiscard]] ipc::Outbox& outbox() {
        may_wait_.store(true, std::memory_order_relaxed);
        return channel_.outbox();
    }
    void flush_locked() noexcept;
    void on_task_ended() { --running_; }

private:
    std::optional<ipc::Channel::Received> read_some();
    base::Result<> read_frames();
    base::Result<> on_frame(const ipc::Frame& frame);
    base::Result<> answer_echo();
    base::Result<> on_head(const ipc::Frame& frame);
    base::Result<bool> tell_task(DaemonTask& task, const ipc::Frame& frame);
    DaemonTask* begin_task(const ipc::Frame& frame, base::Result<>& breach);
    void refuse(std::uint32_t number);
    void lose();

    Host& host_;
    Watcher& watcher_;
    std::mutex mutex_;      // within the pool's and ServerLinks's; under it nobody calls the pool
    ipc::Channel channel_;  // its outbox is guarded by mutex_, the rest belongs to the leader
    int starved_ = 0;       // times in a row that there was no memory to read into; the leader's
    // By stream number; null: there was no memory for it. The leader's; is_free() looks at it from
    // the main thread, but only where nothing is attached, and then no leader adds to it.
    std::vector<std::unique_ptr<DaemonTask>> tasks_;
    ipc::HeardParts heard_;      // of this socket; the leader's
    bool is_attached_ = false;   // guarded by mutex_
    std::uint32_t server_ = 0;   // guarded by mutex_
    std::uint32_t running_ = 0;  // tasks; guarded by mutex_
    // Something may wait in the outbox. Changed with mutex_; whoever has added to it sees at least
    // that without.
    std::atomic<bool> may_wait_{false};
};

}  // namespace server
