// Mapping beside the loops: what a request meets is found out in another thread where its virtual
// host has had more than its share of the loop (HostCosts), or where a file system would have to be
// waited for. One per server process; any loop asks, and is told through its SideResults.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/foreign/file_systems.h"
#include "core/base/foreign/lanes.h"
#include "core/loop/loop.h"
#include "core/request/parcel.h"
#include "core/server/answer/known.h"
#include "core/server/answer/static_file.h"
#include "core/server/answer/ticket.h"
#include "core/server/served/sender_shares.h"
#include "core/site/map/mapper.h"

namespace server {

// The mappers of one generation for threads beside the loops: a thread has one of them while it
// maps. They go with the last who knows them. Any thread.
class SideMappers {
public:
    explicit SideMappers(std::shared_ptr<const site::Site> site) : site_(std::move(site)) {}

    // Fills what `job` wants to know.
    void map(struct SideJob& job);

private:
    // What a thread needs to map; it keeps what it has merged for the next one.
    struct Spare {
        explicit Spare(const site::Site& site) : mapper(site) {}
        void refresh(bool may_wait);

        site::Mapper mapper;
        std::shared_ptr<const base::MountTable> mounts;
    };

    std::unique_ptr<Spare> take();

    const std::shared_ptr<const site::Site> site_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Spare>> spares_;  // guarded by mutex_
};

// A request and what becomes of it. Its own copies: the client may go while a thread works on it.
struct SideJob {
    // What is asked; not changed once it has been submitted.
    std::shared_ptr<SideMappers> mappers;
    Ticket ticket;
    request::Parcel parcel;
    Known known;
    bool wants_walk = false;
    bool may_wait = false;  // for a file system
    // Any thread: nobody waits for it any more, or it has been taken.
    std::atomic<bool> is_dropped{false};
    SenderShares::Sender* sender = nullptr;  // its SideQueue's
    // What has been found out; the thread's until it is in SideResults.
    site::Outcome outcome;  // and the route in `parcel`
    std::unique_ptr<site::Walk> walk;
    std::optional<OpenFile> file;  // of an outcome that is one
    std::chrono::nanoseconds cost{0};
};

// What is ready for one loop. push() from any thread, the rest in the loop's.
class SideResults {
public:
    using Jobs = std::vector<std::shared_ptr<SideJob>>;

    explicit SideResults(loop::Loop& loop) : loop_(&loop) {}

    void push(std::shared_ptr<SideJob> job);
    // Swaps them into `taken`, which is empty.
    void take(Jobs& taken);
    // The loop ends: nobody is told any more.
    void close();

private:
    std::atomic<bool> is_filled_{false};
    std::mutex mutex_;
    // Guarded by mutex_.
    loop::Loop* loop_;
    Jobs filled_;
};

// What waits to be mapped, by virtual host and client (SenderShares): a crowd of one client's does
// not keep others out, and in each lane clients take turns. Any thread.
class SideQueue {
public:
    // `most`: that wait, of all. One lane may have as many as one host.
    SideQueue(std::size_t most, std::size_t threads, std::size_t threads_per_lane, int nice);

    // False: too many wait.
    [[nodiscard]] bool submit(
        std::string_view lane,
        const std::shared_ptr<SideJob>& job,
        const std::shared_ptr<SideResults>& results
    );
    [[nodiscard]] base::Lanes& lanes() { return lanes_; }

private:
    [[nodiscard]] bool enter(SideJob& job);
    void leave(SideJob& job);

    std::mutex mutex_;     // a leaf
    SenderShares shares_;  // guarded by mutex_
    base::Lanes lanes_;    // last: its threads know the others
};

class SideMapper {
public:
    // One for all loops.
    [[nodiscard]] std::shared_ptr<SideMappers> mappers_of(std::shared_ptr<const site::Site> site);

    // Of a host beyond its share. False: too many wait.
    [[nodiscard]] bool compute(
        const std::shared_ptr<SideJob>& job, const std::shared_ptr<SideResults>& results
    );
    // Of a request that must wait for a file system, which `mounted_at` names where that is known.
    [[nodiscard]] bool wait(
        const std::shared_ptr<SideJob>& job,
        const std::string& mounted_at,
        const std::shared_ptr<SideResults>& results
    );

    // For whatever else may have to wait for a file system that may never answer, or for a disk,
    // which always does: its threads are others, or a few dead mounts would have them all.
    [[nodiscard]] base::Lanes& waiting() { return waiting_.lanes(); }
    [[nodiscard]] base::Lanes& disks() { return disks_; }
    // For .htaccess files that have been read: the processor, and nothing that may wait.
    [[nodiscard]] base::Lanes& parsers() { return parsers_; }
    // There is a thread for compute(), or one can be had.
    [[nodiscard]] bool can_compute() { return computing_.lanes().is_manned(); }
    // Before the loops are gone: waits for the threads.
    void end() {
        computing_.lanes().end();
        waiting_.lanes().end();
        disks_.end();  // before the parsers, to whom they pass on what they have read
        parsers_.end();
    }

private:
    std::mutex mutex_;
    std::map<const site::Site*, std::weak_ptr<SideMappers>> mappers_;  // guarded by mutex_
    SideQueue computing_{2048, 2, 1, 10};
    base::Lanes parsers_{{
        .threads = 2,
        .threads_per_lane = 1,
        .waiting_per_lane = 512,
        .waiting = 4096,
        .nice = 10,
    }};
    base::Lanes disks_{{
        .threads = 8,
        .threads_per_lane = 2,
        .waiting_per_lane = 512,
        .waiting = 4096,
    }};
    // One that stands still takes four of them.
    SideQueue waiting_{2048, 32, 4, 0};
};

}  // namespace server
