// One direction of a connection without a socket: the ring and the time are the test's.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <utility>

#include "core/loop/loop.h"
#include "tests/support/unit/scripted_transport.h"

namespace test {

class DirectionUnderTest : public testing::Test {
protected:
    static constexpr int kName = 1001;  // no descriptor of the test's

    DirectionUnderTest() {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        auto ring = std::make_unique<ScriptedRing>();
        ring_ = ring.get();
        auto made =
            loop::Loop::create(std::move(ring), loop::Spin::kNever, []() noexcept { return now_; });
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        transport_ = std::make_unique<ScriptedTransport>(*ring_, kName, peer_);
    }

    void settle() {
        for (int quiet = 0; quiet < 3; quiet = ring_->is_ready() ? 0 : quiet + 1) {
            loop_->turn(std::chrono::nanoseconds(0));
        }
    }
    void pass(loop::Clock::duration time) {
        now_ += time;
        settle();
    }
    // Whatever is in flight ends before its owner does.
    template <class Stop>
    void end(Stop&& stop) {
        stop();
        ring_->resume_sends(kName);
        settle();
    }
    [[nodiscard]] loop::Clock::time_point now() const { return now_; }
    ScriptedRing& ring() { return *ring_; }
    loop::Loop& loop() { return *loop_; }
    loop::Transport& transport() { return *transport_; }
    ScriptedTransport::Peer& peer() { return peer_; }

private:
    static inline loop::Clock::time_point now_;  // one at once
    ScriptedRing* ring_ = nullptr;
    std::unique_ptr<loop::Loop> loop_;
    ScriptedTransport::Peer peer_;
    std::unique_ptr<ScriptedTransport> transport_;
};

}  // namespace test
