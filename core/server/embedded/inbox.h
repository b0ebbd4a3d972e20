// News of pool threads on its way to the event loop whose requests it is about. push() and wake()
// from any thread; take() in the loop's.
#pragma once

#include <atomic>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/answer/ticket.h"

namespace server {

class Inbox {
public:
    explicit Inbox(loop::Loop& loop) : loop_(loop) {}

    // Does not wake the loop: a pool thread does that once for many, see wake_if_filled().
    void push(Ticket ticket) noexcept {
        const std::lock_guard lock(mutex_);
        try {
            filled_.push_back(ticket);
        } catch (const std::bad_alloc&) {
            is_overfull_ = true;
        }
        is_filled_.store(true, std::memory_order_release);
    }
    void wake() { loop_.wake(); }
    void wake_if_filled() {
        if (is_filled_.load(std::memory_order_acquire)) {
            loop_.wake();
        }
    }
    // Swaps the waiting ones into `taken`, which is empty and keeps its memory. True: there was no
    // memory for all of them, and whoever may have news is to be looked at.
    [[nodiscard]] bool take(std::vector<Ticket>& taken) {
        if (!is_filled_.load(std::memory_order_acquire)) {
            return false;
        }
        const std::lock_guard lock(mutex_);
        std::swap(taken, filled_);
        is_filled_.store(false, std::memory_order_relaxed);
        return std::exchange(is_overfull_, false);
    }

private:
    loop::Loop& loop_;
    std::mutex mutex_;
    std::vector<Ticket> filled_;  // guarded by mutex_
    bool is_overfull_ = false;    // likewise
    std::atomic<bool> is_filled_{false};
};

// A task's place in the inbox of its loop, where it stands once until the loop has heard of it.
// With the lock of the task.
class InboxEntry {
public:
    explicit InboxEntry(Inbox& inbox) : inbox_(inbox) {}

    // Of a new request, before any other thread sees it.
    void begin(Ticket ticket) {
        ticket_ = ticket;
        is_told_ = false;
    }
    // There is news of the answer. Whoever tells for many wakes the loop himself.
    void tell() {
        if (!std::exchange(is_told_, true)) {
            inbox_.push(ticket_);
        }
    }
    void tell_now() {
        tell();
        inbox_.wake();
    }
    // While a send is in flight, is_told_ stands for news of the answer that the loop has heard and
    // looks at when the send has completed. News of the body cannot wait for that.
    void tell_of_body() {
        inbox_.push(ticket_);
        inbox_.wake();
    }
    // The loop: it looks at all that there is now.
    void on_heard() { is_told_ = false; }

private:
    Inbox& inbox_;
    Ticket ticket_;
    bool is_told_ = false;
};

}  // namespace server
