// A bound on the sum of what many hold, and the part of it that one of them does. Any thread; a
// Share belongs to its holder, and its Budget outlives it.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace base {

class Budget {
public:
    explicit Budget(std::size_t most) : most_(most) {}

    // All of it or nothing.
    [[nodiscard]] bool take(std::size_t count) {
        if (taken_.fetch_add(count, std::memory_order_relaxed) + count <= most_) {
            return true;
        }
        give(count);
        return false;
    }
    // With or without room: it is there already.
    void add(std::size_t count) { taken_.fetch_add(count, std::memory_order_relaxed); }
    void give(std::size_t count) { taken_.fetch_sub(count, std::memory_order_relaxed); }
    // Three quarters are: time to ask for less.
    [[nodiscard]] bool is_nearly_used_up() const { return taken() >= most_ - most_ / 4; }
    [[nodiscard]] std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }

private:
    const std::size_t most_;
    std::atomic<std::size_t> taken_{0};
};

class Share {
public:
    Share() = default;
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { give_back(); }

    // Holds `count` of `budget` from now on; false, and what it had, where there is no more.
    [[nodiscard]] bool grow_to(Budget& budget, std::size_t count) {
        if (count <= count_) {
            return true;
        }
        if (!budget.take(count - count_)) {
            return false;
        }
        budget_ = &budget;
        count_ = count;
        return true;
    }
    // The same of what is there already, be it more than there is.
    void add_up_to(Budget& budget, std::size_t count) {
        if (count > count_) {
            budget.add(count - count_);
            budget_ = &budget;
            count_ = count;
        }
    }
    void give_back() {
        if (count_ > 0) {
            budget_->give(std::exchange(count_, 0));
        }
    }

private:
    Budget* budget_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace base
