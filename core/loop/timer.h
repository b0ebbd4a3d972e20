// Timers, and the hashed wheel that keeps them. Loop thread only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace loop {

using Clock = std::chrono::steady_clock;
using TellTime = Clock::time_point (*)() noexcept;

class TimerWheel;

// A place in a circular list; alone when it points at itself.
struct TimerLink {
    TimerLink* next = this;
    TimerLink* previous = this;

    TimerLink() = default;
    TimerLink(const TimerLink&) = delete;
    TimerLink& operator=(const TimerLink&) = delete;

    [[nodiscard]] bool is_alone() const { return next == this; }
    void insert_before(TimerLink& other);
    void unlink();
    void take_all(TimerLink& from);  // this is alone before
};

// A point in time at which a member is called, once. Its owner keeps it alive while it is set;
// destroying it unsets it. Coarse: up to Loop::kTick late, never early. Setting and unsetting are
// O(1).
class Timer : private TimerLink {
public:
    using Handler = void (*)(Timer&) noexcept;
    explicit Timer(Handler handler) : handler_(handler) {}
    ~Timer();

    [[nodiscard]] bool is_set() const { return wheel_ != nullptr; }

private:
    friend class TimerWheel;
    Handler handler_;
    std::int64_t tick_ = 0;
    TimerWheel* wheel_ = nullptr;
};

// TimerFor<&Connection::on_timeout> timer_{*this};
template <auto Method>
class TimerFor;
template <class Owner, void (Owner::*Method)()>
class TimerFor<Method> : public Timer {
public:
    explicit TimerFor(Owner& owner) : Timer(&TimerFor::call), owner_(owner) {}

private:
    static void call(Timer& self) noexcept { (static_cast<TimerFor&>(self).owner_.*Method)(); }
    Owner& owner_;
};

// A slot per tick, used again every kSlots ticks; a bit per slot tells the next one in use without
// a walk.
class TimerWheel {
public:
    TimerWheel(Clock::duration tick, Clock::time_point now) : tick_(tick), start_(now) {}
    ~TimerWheel();  // unsets what is set
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    void set(Timer& timer, Clock::time_point at);
    void unset(Timer& timer);
    // Calls the handlers of what is due, which may set, unset and destroy any timer.
    void fire(Clock::time_point now);
    // Whatever is set is due so much later.
    void postpone(Clock::duration by) { start_ += by; }
    // When fire() has something to look at next; none while no timer is set.
    [[nodiscard]] std::optional<Clock::time_point> next() const;

private:
    static constexpr std::int64_t kSlots = 512;
    static constexpr std::int64_t kBitsPerWord = 64;

    static std::size_t slot_of(std::int64_t tick) {
        return static_cast<std::size_t>(tick % kSlots);
    }
    void put(Timer& timer);
    void fire_slot(std::size_t slot, std::int64_t until);

    const Clock::duration tick_;
    Clock::time_point start_;  // of tick 0

    std::int64_t fired_until_ = 0;  // the last tick that fire() has looked at
    std::array<TimerLink, kSlots> slots_;
    std::array<std::uint64_t, kSlots / kBitsPerWord> in_use_{};
};

}  // namespace loop
