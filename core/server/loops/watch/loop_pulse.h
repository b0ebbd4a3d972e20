// LoopPulse: whether the event loops of a process turn. An application that runs in it can hold
// them up without touching anything of theirs: what it does inside the C library (a time zone, a
// locale or a library that is read from a file which does not come) keeps a lock that they need,
// too. Such a process is deaf, and says nothing, for what writes a log may need the same lock.
#pragma once

#include <atomic>
#include <deque>

namespace server {

class LoopPulse {
public:
    // One loop's. It beats once a second, as long as it turns.
    class Beat {
    public:
        void beat() { count_.fetch_add(1, std::memory_order_relaxed); }
        // The loop has nothing more to do.
        void end() { count_.store(kEnded, std::memory_order_relaxed); }

    private:
        friend class LoopPulse;
        static constexpr unsigned kEnded = 0;
        std::atomic<unsigned> count_{1};
    };

    // Of each loop that beats, before look(). It outlives the loop.
    Beat& add() { return loops_.emplace_back().beat; }

    // Every kLookSeconds, on one thread that is none of theirs. True: one of them has not beaten
    // between so many looks that it stands. Looks are counted rather than time, for the process may
    // have been stopped meanwhile, and all that is in it.
    static constexpr int kLookSeconds = 2;
    [[nodiscard]] bool has_stopped();

private:
    static constexpr int kLooks = 5;
    struct Watched {
        Beat beat;
        unsigned seen = 0;
        int unchanged = 0;  // looks in a row
    };
    std::deque<Watched> loops_;  // their addresses stay
};

}  // namespace server
