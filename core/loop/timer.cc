#include "core/loop/timer.h"

#include <algorithm>
#include <bit>

namespace loop {

void TimerLink::insert_before(TimerLink& other) {
    next = &other;
    previous = other.previous;
    previous->next = this;
    other.previous = this;
}

void TimerLink::unlink() {
    previous->next = next;
    next->previous = previous;
    next = previous = this;
}

void TimerLink::take_all(TimerLink& from) {
    if (!from.is_alone()) {
        insert_before(from);
        from.unlink();
    }
}

Timer::~Timer() {
    if (wheel_ != nullptr) {
        wheel_->unset(*this);
    }
}

TimerWheel::~TimerWheel() {
    for (TimerLink& slot : slots_) {
        while (!slot.is_alone()) {
            unset(static_cast<Timer&>(*slot.next));
        }
    }
}

void TimerWheel::put(Timer& timer) {
    const std::size_t slot = slot_of(timer.tick_);
    timer.insert_before(slots_.at(slot));
    in_use_.at(slot / kBitsPerWord) |= std::uint64_t{1} << (slot % kBitsPerWord);
}

void TimerWheel::set(Timer& timer, Clock::time_point at) {
    unset(timer);
    const std::int64_t rounded_up = (at - start_ + tick_ - Clock::duration(1)) / tick_;
    timer.tick_ = std::max(rounded_up, fired_until_ + 1);
    timer.wheel_ = this;
    put(timer);
}

void TimerWheel::unset(Timer& timer) {
    if (timer.wheel_ == nullptr) {
        return;
    }
    timer.unlink();
    timer.wheel_ = nullptr;
    if (const std::size_t slot = slot_of(timer.tick_); slots_.at(slot).is_alone()) {
        in_use_.at(slot / kBitsPerWord) &= ~(std::uint64_t{1} << (slot % kBitsPerWord));
    }
}

void TimerWheel::fire(Clock::time_point now) {
    const std::int64_t until = (now - start_) / tick_;
    const std::int64_t first = std::max(fired_until_ + 1, until - kSlots + 1);
    fired_until_ = std::max(fired_until_, until);
    for (std::int64_t tick = first; tick <= until; ++tick) {
        if (const std::size_t slot = slot_of(tick); !slots_.at(slot).is_alone()) {
            fire_slot(slot, until);
        }
    }
}

void TimerWheel::fire_slot(std::size_t slot, std::int64_t until) {
    // A list of its own: handlers may set timers into the slot, and unlink any from anywhere.
    TimerLink due;
    due.take_all(slots_.at(slot));
    in_use_.at(slot / kBitsPerWord) &= ~(std::uint64_t{1} << (slot % kBitsPerWord));
    while (!due.is_alone()) {
        auto& timer = static_cast<Timer&>(*due.next);
        timer.unlink();
        if (timer.tick_ > until) {
            put(timer);  // a later round of the wheel
        } else {
            timer.wheel_ = nullptr;
            timer.handler_(timer);
        }
    }
}

std::optional<Clock::time_point> TimerWheel::next() const {
    const std::int64_t first = fired_until_ + 1;
    const std::size_t first_word = slot_of(first) / kBitsPerWord;
    const std::size_t first_bit = slot_of(first) % kBitsPerWord;
    // The first word comes twice: its bits from first_bit on, and at the end of the round those
    // before.
    for (std::size_t i = 0; i <= in_use_.size(); ++i) {
        const std::size_t word = (first_word + i) % in_use_.size();
        std::uint64_t bits = in_use_.at(word);
        if (i == 0) {
            bits &= ~std::uint64_t{0} << first_bit;
        } else if (i == in_use_.size()) {
            bits &= ~(~std::uint64_t{0} << first_bit);
        }
        if (bits != 0) {
            const auto slot =
                static_cast<std::int64_t>(word) * kBitsPerWord + std::countr_zero(bits);
            const std::int64_t ticks_from_first = (slot - first % kSlots + kSlots) % kSlots;
            return start_ + (first + ticks_from_first) * tick_;
        }
    }
    return std::nullopt;
}

}  // namespace loop
