#include "core/server/loops/event_loops.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/memory.h"

namespace server {

base::Result<> EventLoops::make(
    int count, const std::vector<Endpoint>& endpoints, EmbeddedPool* pool
) {
    for (int i = 0; i < count; ++i) {
        loops_.push_back(TRY(LoopThread::create(
            {process_.served,
             budgets_,
             pool,
             side_mapper_,
             names_,
             process_.pulse,
             [this](const ipc::Link& link) { process_.reports.add_lost(link); },
             count,
             i == 0 ? &process_.watch : nullptr,
             [this] { process_.reports.add_spoilt_listener(); }},
            endpoints
        )));
        if (pool != nullptr) {
            pool->add_inbox(loops_.back()->inbox());
        }
    }
    return {};
}

base::Result<> EventLoops::start() {
    if (!base::has_room_for_threads(loops_.size())) {
        return base::fail_errno("there is no room for the threads of event loops", ENOMEM);
    }
    process_.reports.begin_loops(static_cast<int>(loops_.size()));
    for (const auto& loop : loops_) {
        try {
            threads_.emplace_back([this, &loop] {
                loop->run();
                process_.reports.end_loop();
            });
        } catch (const std::system_error& error) {  // the library's way of saying so; it ends here
            drain();
            for (std::thread& thread : threads_) {
                thread.join();
            }
            return base::fail_errno(
                "cannot start the thread of an event loop; the limit may be RLIMIT_NPROC, ulimit "
                "-u, or TasksMax=",
                error.code().value()
            );
        }
    }
    return {};
}

void EventLoops::add_link(const ipc::Link& link, base::Fd socket) {
    if (link.loop >= loops_.size()) {
        return;
    }
    // std::function wants what can be copied.
    auto shared = std::make_shared<base::Fd>(std::move(socket));
    loops_[link.loop]->tell_groups(process_.served, [link, shared](DaemonGroups& groups) {
        groups.add_link(std::move(*shared), link);
    });
}

void EventLoops::tell_groups(const LoopThread::TellGroups& tell) {
    for (const auto& loop : loops_) {
        loop->tell_groups(process_.served, tell);
    }
}

bool EventLoops::add_listener(const NewListener& listener, const base::Fd& socket) {
    for (const auto& loop : loops_) {
        // std::function wants what can be copied.
        auto copy = std::make_shared<base::Fd>(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
        if (copy->is_open()) {
            loop->add_listener(listener, std::move(copy));
        } else if (!listener.is_retired) {
            return false;
        }
    }
    return true;
}

void EventLoops::drain() {
    for (const auto& loop : loops_) {
        loop->drain();
    }
}

void EventLoops::join() {
    for (std::thread& thread : threads_) {
        thread.join();
    }
    side_mapper_.end();
}

}  // namespace server
