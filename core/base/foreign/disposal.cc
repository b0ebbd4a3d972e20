#include "core/base/foreign/disposal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "core/base/foreign/file_systems.h"

namespace base {
namespace {

constexpr std::size_t kStackSize = 256 * 1024;
// So many of a lane wait for a thread that cannot be started.
constexpr std::size_t kUnmannedMax = 64;

// Of all lanes: the other descriptors are for those who are served.
std::size_t bound() {
    constexpr rlim_t kPart = 8;
    constexpr rlim_t kLeast = 16;
    constexpr rlim_t kMost = 64 * 1024;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return kLeast;
    }
    return std::clamp(limit.rlim_cur / kPart, kLeast, kMost);
}

class Disposal {
public:
    static Disposal& instance() {
        static auto* const disposal = new Disposal;  // its threads outlive main()
        return *disposal;
    }

    void add(Fd fd, const std::string& name) {
        std::unique_lock lock(mutex_);
        const auto lane = lanes_.try_emplace(name).first;
        Lane& its = lane->second;
        its.waiting.push_back(std::move(fd));
        ++its.count;
        ++count_;
        if (!its.has_thread) {
            man(lock, *lane);
        }
    }

    // Of those lanes whose thread could not be started.
    void man_all() {
        std::unique_lock lock(mutex_);
        // By name: while a thread is being started, lanes come and go.
        std::vector<std::string> unmanned;
        for (const auto& [name, lane] : lanes_) {
            if (!lane.has_thread) {
                unmanned.push_back(name);
            }
        }
        for (const std::string& name : unmanned) {
            const auto lane = lanes_.find(name);
            if (lane != lanes_.end() && !lane->second.has_thread) {
                man(lock, *lane);
            }
        }
    }

    bool is_full(const std::string& name) {
        if (count_ == 0) {
            return false;  // as a rule
        }
        const std::lock_guard lock(mutex_);
        const auto lane = lanes_.find(name);
        return lane != lanes_.end() && lane->second.count + count_ >= bound();
    }

private:
    struct Lane {
        std::deque<Fd> waiting;
        std::size_t count = 0;  // those that wait, and the one that is being closed
        bool has_thread = false;
    };
    using Lanes = std::map<std::string, Lane>;  // those in which something waits

    Disposal() {
        ::pthread_atfork(
            [] { instance().mutex_.lock(); },
            [] { instance().mutex_.unlock(); },
            [] { instance().begin_anew(); }
        );
    }

    // In a forked child there are no threads, and what waited belongs to the parent.
    void begin_anew() {
        for (auto& [name, lane] : lanes_) {
            for (Fd& fd : lane.waiting) {
                static_cast<void>(fd.release());
            }
        }
        lanes_.clear();
        count_ = 0;
        mutex_.unlock();
    }

    // Gives `lane`, which has none, a thread. Without the mutex meanwhile, for a thread that starts
    // waits for whoever loads a library.
    void man(std::unique_lock<std::mutex>& lock, Lanes::value_type& lane) {
        Lane& its = lane.second;
        its.has_thread = true;  // nobody else tries, and the lane stays
        lock.unlock();
        const bool has_started = start_thread(lane);
        lock.lock();
        if (has_started) {
            return;  // the lane is the thread's from now on, and may be gone
        }
        its.has_thread = false;
        // They wait for the next one who tries: a descriptor kept is better than a loop that
        // stands. But a table that is full of them would be as bad.
        if (its.waiting.size() > kUnmannedMax) {
            close_oldest(lock, its);
        }
    }

    // A file of a local file system, that is; closing it takes as long as it is large.
    void close_oldest(std::unique_lock<std::mutex>& lock, Lane& its) {
        Fd fd = std::move(its.waiting.front());
        its.waiting.pop_front();
        if (!size_of_local_file(fd.get())) {
            its.waiting.push_back(std::move(fd));
            return;
        }
        --its.count;
        --count_;
        its.has_thread = true;  // the lane stays
        lock.unlock();
        fd.reset();
        lock.lock();
        its.has_thread = false;
    }

    static bool start_thread(Lanes::value_type& lane) {
        pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        // Where the machine wants more, it gets the system's size.
        static_cast<void>(::pthread_attr_setstacksize(&attributes, kStackSize));
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the new thread hears no signal
        pthread_t thread{};
        auto body = [](void* its_lane) -> void* {
            instance().run(*static_cast<Lanes::value_type*>(its_lane));
            return nullptr;
        };
        const bool has_started = ::pthread_create(&thread, &attributes, body, &lane) == 0;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        ::pthread_attr_destroy(&attributes);
        return has_started;
    }

    // A thread has a lane, which stays until its end.
    void run(Lanes::value_type& lane) {
        std::unique_lock lock(mutex_);
        Lane& its = lane.second;
        while (!its.waiting.empty()) {
            Fd fd = std::move(its.waiting.front());
            its.waiting.pop_front();
            lock.unlock();
            const linger never{0, 0};
            ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &never, sizeof never);
            fd.reset();
            lock.lock();
            --its.count;
            --count_;
        }
        lanes_.erase(lanes_.find(lane.first));
    }

    std::mutex mutex_;
    // Guarded by mutex_; count_ may be read without it.
    Lanes lanes_;
    std::atomic<std::size_t> count_ = 0;  // in all of them
};

}  // namespace

bool DisposalLane::is_full() const { return Disposal::instance().is_full(*name_); }

void dispose(Fd fd, const DisposalLane& lane) noexcept {
    if (fd.is_open()) {
        Disposal::instance().add(std::move(fd), *lane.name_);
    }
}

void man_disposal() { Disposal::instance().man_all(); }

void dispose_by_mount(Fd file) noexcept {
    // No file system is asked. Where this says nothing, the lane is that of all unknown ones.
    struct statx facts {};
    const bool is_known =
        ::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &facts) == 0;
    dispose(
        std::move(file), DisposalLane(fmt::format("mount {}", is_known ? facts.stx_mnt_id : 0))
    );
}

bool ForeignFd::is_readable_file() const {
    struct statx status {};
    const int access = ::fcntl(get(), F_GETFL);
    return access >= 0 && (access & O_PATH) == 0 && (access & O_ACCMODE) != O_WRONLY &&
           ::statx(get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) == 0 &&
           S_ISREG(status.stx_mode);
}

}  // namespace base
