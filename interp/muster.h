// Muster: which of a pool's threads comes when there is something to do, the cheapest first; and
// that all come when the pool ends. All with the lock of the pool.
#pragma once

#include "interp/crew.h"
#include "interp/leading.h"
#include "interp/pool_host.h"
#include "interp/sleepers.h"
#include "interp/threads.h"

namespace interp {

class Muster {
public:
    // What the pool is made of, which outlives it.
    Muster(PoolHost& host, Threads& threads, Sleepers& sleepers, Crew& crew, const Leading& leading)
        : host_(host), threads_(threads), sleepers_(sleepers), crew_(crew), leading_(leading) {}

    // For what is queued: one that sleeps and has its place in the interpreters; the leader; a new
    // one. False: there is none.
    bool call_runner() {
        if (threads_.has_idle()) {
            wake_idle();
        } else if (crew_.is_leader_free()) {
            // Not counted here: it counts itself when lead() returns, and then finds the queue.
            host_.interrupt_leader();
        } else if (!has_ended_ && threads_.start_one()) {
            crew_.add_runner();
        } else {
            return false;
        }
        return true;
    }
    // Somebody must read the links while others run. True: somebody does, or is about to.
    bool call_leader() {
        if (!leading_.is_vacant()) {
            return true;
        }
        if (!sleepers_.is_empty()) {
            // It sits inside a request and waits for something that only a leader can bring.
            sleepers_.wake_last();
            return true;
        }
        // Whoever waits for the GIL comes by the queue when it has it: it takes what is there, or
        // leads.
        return !crew_.is_one_coming() && !has_ended_ && call_runner();
    }
    // Whom call_leader() could call; one that is in a request must be left alone.
    [[nodiscard]] bool has_leader_at_hand() const {
        return threads_.has_idle() || !sleepers_.is_empty();
    }

    // No thread is started any more, and those without a request come, to see that they can end:
    // here, and again whenever one of them has ended. Who runs or waits in a request is not
    // disturbed: what he waits for comes, or his link ends.
    void end() {
        has_ended_ = true;
        call_all_idle();
        if (crew_.has_leader()) {
            host_.interrupt_leader();
        }
    }
    void call_all_idle() {
        while (threads_.has_idle()) {
            wake_idle();
        }
    }
    [[nodiscard]] bool has_ended() const { return has_ended_; }

private:
    // Counted by whoever wakes it: see Crew.
    void wake_idle() {
        threads_.wake_last();
        crew_.add_runner();
    }

    PoolHost& host_;
    Threads& threads_;
    Sleepers& sleepers_;
    Crew& crew_;
    const Leading& leading_;
    bool has_ended_ = false;
};

}  // namespace interp
