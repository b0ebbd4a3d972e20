// What the epoll back-end knows about each descriptor: what epoll was told of it, whether it may be
// read and written, which operations wait for it, and whether it is to be looked at in this turn.
//
//     may_read:   false ──edge (IN, RDHUP, HUP, ERR)──→ true ──EAGAIN, or less than asked for──→
//     false may_write:  true ──EAGAIN──→ false ──edge (OUT, HUP, ERR)──→ true
//
// A member of Epoll; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.h"
#include "core/loop/ring/epoll/event_queue.h"
#include "core/loop/ring/operation.h"

namespace loop {

class Readiness {
public:
    // Of one descriptor.
    struct Watched {
        Operation* waiting = nullptr;  // in the order in which they were asked
        std::uint32_t interest = 0;    // what epoll was told; 0: not registered
        std::uint32_t generation = 0;  // counts forget(): events from before it are void
        bool may_read = false;         // false: wait for an edge
        bool may_write = true;
        bool is_ended = false;    // the peer has ended; no further edge, so read until 0
        bool is_in_turn = false;  // in_turn_ has it

        [[nodiscard]] bool wants_room() const;  // somebody waits to write
    };

    // It outlives this.
    explicit Readiness(EventQueue& events) : events_(events) {}

    // Until the next call with a larger number.
    [[nodiscard]] Watched& of(int fd) {
        CHECK(fd >= 0);
        if (static_cast<std::size_t>(fd) >= watched_.size()) {
            watched_.resize(static_cast<std::size_t>(fd) + 1);
        }
        return watched_[static_cast<std::size_t>(fd)];
    }
    [[nodiscard]] bool is_worth_trying(const SystemCall& request) {
        const Watched& known = of(request.fd);
        return request.kind == SystemCall::Kind::kPoll ||
               (request.is_send() ? known.may_write : known.may_read);
    }
    // A try of it ended with EAGAIN.
    void note_not_ready(const SystemCall& request);
    void note(const epoll_event& event);

    // Puts the operation where events find it, with at least `interest`. 0, or -errno: what epoll
    // has against its descriptor.
    [[nodiscard]] int add(Operation& operation, std::uint32_t interest);
    void remove(Operation& operation);
    // Others who wait for `fd`, with queues of their own, hear of it first from now on. 0, or
    // -errno, as add().
    [[nodiscard]] int stand_behind_others(int fd);
    void forget(int fd);  // nobody waits for it
    // Whether epoll knows it as we do. It reports it again where it is ready.
    [[nodiscard]] bool is_told_of(int fd);

    // Its operations are to be tried, this turn or the next.
    void take_turn(int fd) {
        Watched& known = of(fd);
        if (!known.is_in_turn) {
            known.is_in_turn = true;
            in_turn_.push_back(fd);
        }
    }
    [[nodiscard]] bool has_turns() const { return !in_turn_.empty(); }
    // `serve` gets each descriptor whose turn it is. Turns that are taken meanwhile are of the next
    // call.
    template <class Serve>
    void serve_turns(Serve serve) {
        this_turn_.swap(in_turn_);
        for (const int fd : this_turn_) {
            of(fd).is_in_turn = false;
            serve(fd);
        }
        this_turn_.clear();
    }

private:
    [[nodiscard]] int tell(int fd, std::uint32_t interest);
    void stop_watching_for_room(int fd);

    EventQueue& events_;
    std::vector<Watched> watched_;  // by their numbers
    std::vector<int> in_turn_;
    std::vector<int> this_turn_;  // while serve_turns() runs; kept for its memory
};

}  // namespace loop
