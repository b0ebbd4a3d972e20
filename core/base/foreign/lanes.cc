#include "core/base/foreign/lanes.h"

#include <sys/resource.h>

#include <system_error>
#include <utility>

#include "core/base/system/log.h"

namespace base {

void Lanes::Turns::push(std::uint64_t whom, Work work) {
    auto& its = waiting_[whom];
    if (its.empty()) {
        next_.push_back(whom);
    }
    its.push_back(std::move(work));
    ++size_;
}

void Lanes::Turns::drop_last(std::uint64_t whom) {
    const auto its = waiting_.find(whom);
    its->second.pop_back();
    if (its->second.empty()) {
        waiting_.erase(its);
        std::erase(next_, whom);
    }
    --size_;
}

Lanes::Work Lanes::Turns::pop() {
    const std::uint64_t whom = next_.front();
    next_.pop_front();
    const auto its = waiting_.find(whom);
    Work work = std::move(its->second.front());
    its->second.pop_front();
    if (its->second.empty()) {
        waiting_.erase(its);
    } else {
        next_.push_back(whom);  // behind the others
    }
    --size_;
    return work;
}

void Lanes::end() {
    {
        const Lock lock(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }
    for (std::thread& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
    threads_.clear();
}

// Out of threads is no reason to end: fewer do the work.
void Lanes::start_thread(const Lock&) {
    try {
        threads_.push_back(start_([this] { run(); }));
        ++idle_;
        is_refused_ = false;
    } catch (const std::system_error& error) {
        if (!std::exchange(is_refused_, true)) {
            main_log().error("cannot start a thread beside the loops: {}", error.what());
        }
    }
}

bool Lanes::has_thread(const Lock& lock) {
    if (ready_.size() > idle_ && threads_.size() < bounds_.threads && !is_ending_) {
        start_thread(lock);
    }
    return !threads_.empty();
}

void Lanes::note_ready(const Lock&, Table::value_type& lane) {
    Lane& its = lane.second;
    if (!its.is_ready && its.waiting.size() > 0 && its.running < bounds_.threads_per_lane) {
        its.is_ready = true;
        ready_.push_back(&lane);
    }
}

bool Lanes::submit(std::string_view lane, Work work, std::uint64_t whom) {
    const Lock lock(mutex_);
    const auto found = lanes_.try_emplace(std::string(lane)).first;
    Lane& its = found->second;
    const bool has_room =
        !is_ending_ && waiting_ < bounds_.waiting && its.waiting.size() < bounds_.waiting_per_lane;
    if (has_room) {
        its.waiting.push(whom, std::move(work));
        ++waiting_;
        note_ready(lock, *found);
        if (has_thread(lock)) {
            changed_.notify_one();
            return true;
        }
        its.waiting.drop_last(whom);
        --waiting_;
        if (std::exchange(its.is_ready, false)) {
            ready_.pop_back();
        }
    }
    forget_if_idle(lock, found);
    return false;
}

bool Lanes::is_manned() {
    const Lock lock(mutex_);
    if (threads_.empty() && !is_ending_) {
        start_thread(lock);
    }
    return !threads_.empty();
}

void Lanes::forget_if_idle(const Lock&, Table::iterator lane) {
    if (lane->second.running == 0 && lane->second.waiting.size() == 0) {
        lanes_.erase(lane);
    }
}

void Lanes::run() {
    if (bounds_.nice != 0) {
        // On Linux of this thread alone. A refusal costs others a little of the processor.
        static_cast<void>(
            ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + bounds_.nice)
        );
    }
    Lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_ending_ || !ready_.empty(); });
        --idle_;
        if (is_ending_) {
            return;
        }
        run_next(lock);
        ++idle_;
    }
}

void Lanes::run_next(Lock& lock) {
    Table::value_type& lane = *ready_.front();
    Lane& its = lane.second;
    ready_.pop_front();
    its.is_ready = false;
    Work work = its.waiting.pop();
    --waiting_;
    ++its.running;
    note_ready(lock, lane);  // behind the others
    // This thread may be gone for long.
    if (!ready_.empty() && has_thread(lock)) {
        changed_.notify_one();
    }
    lock.unlock();
    work();
    work = nullptr;  // what it holds may take as long to let go of
    lock.lock();
    --its.running;
    note_ready(lock, lane);
    forget_if_idle(lock, lanes_.find(lane.first));
}

}  // namespace base
