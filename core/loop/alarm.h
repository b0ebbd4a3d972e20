// AlarmFor: a point in time that moves with every byte and is hardly ever reached. A timer that
// were set anew each time would cost every request; this one lets the timer fire where it was, and
// looks again. Loop thread only; its owner keeps it alive.
#pragma once

#include <algorithm>

#include "core/loop/loop.h"

namespace loop {

// AlarmFor<&Connection::on_too_late> alarm_{loop, *this};
template <auto Method>
class AlarmFor;
template <class Owner, void (Owner::*Method)()>
class AlarmFor<Method> {
public:
    using Time = Clock::time_point;

    AlarmFor(Loop& loop, Owner& owner) : loop_(loop), owner_(owner) {}

    // The owner is called once, at `due` or up to Loop::kTick later, unless it is set again or
    // unset before. Time::max() is never.
    void set(Time due) {
        due_ = due;
        if (due_ < armed_) {
            arm();
        }
    }
    void unset() { due_ = Time::max(); }

private:
    void arm() {
        armed_ = due_;
        loop_.set(timer_, std::max(due_ - loop_.now(), Clock::duration::zero()));
    }
    void on_timer() {
        armed_ = Time::max();
        if (due_ > loop_.now()) {
            set(due_);
            return;
        }
        due_ = Time::max();
        (owner_.*Method)();
    }

    Loop& loop_;
    Owner& owner_;
    Time due_ = Time::max();
    Time armed_ = Time::max();  // max: the timer is not set
    TimerFor<&AlarmFor::on_timer> timer_{*this};
};

}  // namespace loop
