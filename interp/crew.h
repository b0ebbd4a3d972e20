// What the threads of a pool are doing, and whether one more is to join them. Numbers only: which
// threads there are, Threads and Sleepers know. Not thread-safe.
//
// What a thread may be doing, and where it shows:
//
//                                                 runners   beside that
//     starts, or has been woken, and has no lock  counted
//     looks for work, hands over answers          counted
//     waits for the GIL, no request in its hands  counted   acquiring
//     runs a request                              counted
//     waits in a request, without the GIL         -         Sleepers while it sleeps
//     leads in a request that waits               -         Leader::kInRequest
//     leads                                       -         Leader::kFree
//     is idle                                     -         Threads
//
// Whoever wakes a thread that is idle, or starts one, counts it: it may be long until that thread
// has a core, and nobody is to wake a second one meanwhile. A thread of the application's own that
// reads or writes in its request's place is no thread of the pool: it is not counted, but may lead
// in that request as one of ours.
#pragma once

#include <cstdint>
#include <utility>

namespace interp {

class Crew {
public:
    void add_runner() { ++runners_; }
    void remove_runner() { --runners_; }
    // A runner waits for the GIL, before it takes a request.
    void begin_acquiring() { ++acquiring_; }
    void end_acquiring() { --acquiring_; }

    // One at a time leads: a runner, which takes no request until then, or a thread that waits in
    // one, which takes no other.
    void begin_leading() {
        --runners_;
        leader_ = Leader::kFree;
    }
    void begin_leading_in_request() { leader_ = Leader::kInRequest; }
    void end_leading() {
        if (std::exchange(leader_, Leader::kNone) == Leader::kFree) {
            ++runners_;
        }
    }
    [[nodiscard]] bool has_leader() const { return leader_ != Leader::kNone; }
    // It is as good as idle.
    [[nodiscard]] bool is_leader_free() const { return leader_ == Leader::kFree; }

    [[nodiscard]] bool has_runners() const { return runners_ > 0; }
    // Who waits for the GIL takes what is queued as soon as it has it, or leads where nothing is; a
    // second one would only wait beside it.
    [[nodiscard]] bool is_one_coming() const { return acquiring_ > 0; }
    // Where requests are queued. One that is at work comes by in a moment, unless they are long.
    [[nodiscard]] bool needs_runner(bool are_long) const {
        return !is_one_coming() && (!has_runners() || are_long);
    }

private:
    enum class Leader : std::uint8_t { kNone, kFree, kInRequest };
    int runners_ = 0;
    int acquiring_ = 0;
    Leader leader_ = Leader::kNone;
};

}  // namespace interp
