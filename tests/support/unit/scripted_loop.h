// A loop whose ring and time are the test's. One at once: all have the same time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "core/loop/loop.h"
#include "tests/support/unit/scripted_ring.h"

namespace test {

class ScriptedLoop {
public:
    explicit ScriptedLoop(std::unique_ptr<ScriptedRing> ring = std::make_unique<ScriptedRing>())
        : ring_(ring.get()) {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        auto made =
            loop::Loop::create(std::move(ring), loop::Spin::kNever, []() noexcept { return now_; });
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
    }

    void turn() { loop_->turn(std::chrono::nanoseconds(0)); }
    // Until nothing more comes of what has been done. `turn` is turn(), and what belongs to one.
    template <class Turn>
    void settle(Turn&& one_turn) {
        for (int quiet = 0; quiet < 3; quiet = ring_->is_ready() ? 0 : quiet + 1) {
            one_turn();
        }
    }
    void settle() {
        settle([this] { turn(); });
    }
    // So much later.
    void advance(loop::Clock::duration time) { now_ += time; }
    void pass(loop::Clock::duration time) {
        advance(time);
        settle();
    }
    [[nodiscard]] loop::Clock::time_point now() const { return now_; }
    [[nodiscard]] ScriptedRing& ring() const { return *ring_; }
    [[nodiscard]] loop::Loop& loop() const { return *loop_; }

private:
    static inline loop::Clock::time_point now_;
    ScriptedRing* const ring_;  // the loop's
    std::unique_ptr<loop::Loop> loop_;
};

}  // namespace test
