// One direction of a connection without a socket: the ring and the time are the test's.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/support/unit/scripted_loop.h"
#include "tests/support/unit/scripted_transport.h"

namespace test {

class DirectionUnderTest : public testing::Test {
protected:
    static constexpr int kName = 1001;  // no descriptor of the test's

    void settle() { loop_.settle(); }
    void pass(loop::Clock::duration time) { loop_.pass(time); }
    // Whatever is in flight ends before its owner does.
    template <class Stop>
    void end(Stop&& stop) {
        stop();
        ring().resume_sends(kName);
        settle();
    }
    [[nodiscard]] loop::Clock::time_point now() const { return loop_.now(); }
    ScriptedRing& ring() { return loop_.ring(); }
    loop::Loop& loop() { return loop_.loop(); }
    loop::Transport& transport() { return transport_; }
    ScriptedTransport::Peer& peer() { return peer_; }

private:
    ScriptedLoop loop_;
    ScriptedTransport::Peer peer_;
    ScriptedTransport transport_{loop_.ring(), kName, peer_};
};

}  // namespace test
