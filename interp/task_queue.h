// The requests that wait for a thread: those of each virtual host in the order in which they came,
// and virtual hosts in turn, so that a crowd at one of them lets the others through. Some of the
// threads are kept for virtual hosts that have none, and there may be more threads for those whom
// that leaves out. Tasks are linked to each other: to submit one takes no memory, and cannot fail.
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interp/wsgi/task.h"

namespace interp {

class TaskQueue {
public:
    // Of so many virtual hosts, for so many threads. One host alone has all of them, and where
    // there are more, an eighth of the threads is for those of them that have none.
    explicit TaskQueue(std::size_t hosts = 1, std::size_t threads = 1)
        : lanes_(std::max<std::size_t>(hosts, 1)),
          most_of_one_(is_shared(hosts, threads) ? threads - kept(threads) : SIZE_MAX) {}
    // How many more threads it may keep busy: one for each virtual host that has none while the
    // others have all of them, up to as many again.
    [[nodiscard]] static std::size_t spare_threads(std::size_t hosts, std::size_t threads) {
        return is_shared(hosts, threads)
                   ? std::min(hosts - 1 - std::min(hosts - 1, kept(threads)), threads)
                   : 0;
    }

    // There is one that a thread may take now; others may have to wait until one has ended.
    [[nodiscard]] bool has_next() const {
        const Lane* lane = turn_;
        while (lane != nullptr && !may_run(*lane)) {
            lane = lane->next;
        }
        return lane != nullptr;
    }

    void push(Task& task) {
        Lane& lane = lanes_[lane_of(task)];
        task.next_queued_ = nullptr;
        if (lane.first == nullptr) {
            lane.first = &task;
            join(lane);
        } else {
            lane.last->next_queued_ = &task;
        }
        lane.last = &task;
    }
    // Where there is a next one. It runs from now on, until end() of its lane.
    Task& take() {
        Lane* before = nullptr;
        Lane* lane = turn_;
        while (!may_run(*lane)) {
            before = lane;
            lane = lane->next;
        }
        Task& task = *lane->first;
        lane->first = task.next_queued_;
        leave(*lane, before);
        if (lane->first != nullptr) {
            join(*lane);
        }
        ++lane->running;
        ++running_;
        return task;
    }
    [[nodiscard]] std::size_t lane_of(const Task& task) const {
        return task.route.host % lanes_.size();
    }
    void end(std::size_t lane) {
        --lanes_[lane].running;
        --running_;
    }
    // The virtual host that has most of those that run.
    struct Busiest {
        std::size_t lane = 0;
        std::size_t running = 0;
    };
    [[nodiscard]] Busiest busiest() const {
        const auto most = std::ranges::max_element(lanes_, {}, &Lane::running);
        return {static_cast<std::size_t>(most - lanes_.begin()), most->running};
    }
    // False: it does not wait here. The order of the others stays.
    [[nodiscard]] bool remove(const Task& task) {
        Lane& lane = lanes_[lane_of(task)];
        Task* before = nullptr;
        for (Task** link = &lane.first; *link != nullptr; link = &before->next_queued_) {
            if (*link == &task) {
                *link = task.next_queued_;
                lane.last = lane.last == &task ? before : lane.last;
                if (lane.first == nullptr) {
                    leave(lane);
                }
                return true;
            }
            before = *link;
        }
        return false;
    }

private:
    static constexpr std::size_t kPart = 8;
    static bool is_shared(std::size_t hosts, std::size_t threads) {
        return hosts > 1 && threads > 1;  // one thread is meant to be the only one
    }
    static std::size_t kept(std::size_t threads) {
        return std::max<std::size_t>(threads / kPart, 1);
    }

    // A virtual host's.
    struct Lane {
        Task* first = nullptr;
        Task* last = nullptr;  // where there is a first one
        Lane* next = nullptr;  // of those that have a first one
        std::size_t running = 0;
    };

    [[nodiscard]] bool may_run(const Lane& lane) const {
        return running_ < most_of_one_ || lane.running == 0;
    }
    void join(Lane& lane) {
        lane.next = nullptr;
        (turn_ == nullptr ? turn_ : last_turn_->next) = &lane;
        last_turn_ = &lane;
    }
    void leave(Lane& lane) {
        Lane* before = nullptr;
        for (Lane* each = turn_; each != &lane; each = each->next) {
            before = each;
        }
        leave(lane, before);
    }
    void leave(Lane& lane, Lane* before) {
        (before == nullptr ? turn_ : before->next) = lane.next;
        last_turn_ = last_turn_ == &lane ? before : last_turn_;
    }

    std::vector<Lane> lanes_;
    const std::size_t most_of_one_;  // of those that run, as long as each host has one of them
    Lane* turn_ = nullptr;
    Lane* last_turn_ = nullptr;  // where there is one whose turn it is
    std::size_t running_ = 0;
};

}  // namespace interp
