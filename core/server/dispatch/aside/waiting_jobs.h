// WaitingJobs: what is being found out in other threads for requests that wait no longer than until
// then. `Job` says in is_dropped that nobody waits for it any more. Loop thread only.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/loop/loop.h"

namespace server {

template <class Job>
class WaitingJobs {
public:
    void add(loop::Clock::time_point until, std::shared_ptr<Job> job) {
        waiting_.push_back({until, std::move(job)});
    }
    // Those who have waited too long; they leave, as do those for whom nobody waits.
    [[nodiscard]] std::vector<std::shared_ptr<Job>> take_due(loop::Clock::time_point now) {
        std::vector<std::shared_ptr<Job>> due;
        std::erase_if(waiting_, [&](const Waiting& waiting) {
            const bool is_due = waiting.until <= now && !waiting.job->is_dropped;
            if (is_due) {
                due.push_back(waiting.job);
            }
            return is_due || waiting.job->is_dropped;
        });
        return due;
    }
    [[nodiscard]] bool is_empty() const { return waiting_.empty(); }

private:
    struct Waiting {
        loop::Clock::time_point until;
        std::shared_ptr<Job> job;
    };

    std::vector<Waiting> waiting_;
};

}  // namespace server
