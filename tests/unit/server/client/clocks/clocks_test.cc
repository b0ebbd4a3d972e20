// The clocks of a connection, in time that the test makes.
#include <gtest/gtest.h>

#include "core/server/client/clocks/drain_clock.h"
#include "core/server/client/clocks/linger_clock.h"
#include "core/server/client/clocks/send_clock.h"
#include "core/server/client/http1/read_clock.h"

namespace server {
namespace {

using namespace std::chrono_literals;
using Time = loop::Clock::time_point;

// Any time but the epoch.
constexpr Time at(loop::Clock::duration since) { return Time(1000h) + since; }

TEST(ReadClock, ExpiresAfterItsTime) {
    const config::ReadTime allowed{20s, 0s, 0};
    ReadClock clock;
    EXPECT_FALSE(clock.due());
    clock.start(allowed, at(0s));
    clock.add(1'000'000);  // without a rate, bytes give nothing
    EXPECT_EQ(clock.due(), at(20s));
    EXPECT_FALSE(clock.is_over(at(19999ms)));
    EXPECT_TRUE(clock.is_over(at(20s)));
    clock.stop();
    EXPECT_FALSE(clock.due());
}

// mod_reqtimeout: "increase the timeout value by 1 second for each rate bytes received".
TEST(ReadClock, IsExtendedByBytes) {
    const config::ReadTime allowed{20s, 0s, 500};
    ReadClock clock;
    clock.start(allowed, at(0s));
    clock.add(500);
    EXPECT_EQ(clock.due(), at(21s));
    for (int i = 0; i < 500; ++i) {
        clock.add(1);
    }
    EXPECT_GT(*clock.due(), at(21990ms));
    EXPECT_LE(*clock.due(), at(22s));
    clock.add(500'000);
    EXPECT_GT(*clock.due(), at(1000s)) << "there is no longest time";
}

TEST(ReadClock, IsExtendedUpToTheLongestTime) {
    const config::ReadTime allowed{20s, 40s, 500};
    ReadClock clock;
    clock.start(allowed, at(0s));
    clock.add(9'000);
    EXPECT_EQ(clock.due(), at(38s));
    clock.add(9'000);
    EXPECT_EQ(clock.due(), at(40s));
}

TEST(ReadClock, DoesNotOverflow) {
    const config::ReadTime allowed{1s, 0s, 1};
    ReadClock clock;
    clock.start(allowed, at(0s));
    for (int i = 0; i < 100; ++i) {
        clock.add(SIZE_MAX);
    }
    EXPECT_GT(*clock.due(), at(1000h));
}

TEST(ReadClock, OfNoTimeNeverExpires) {
    const config::ReadTime allowed{0s, 0s, 0};
    ReadClock clock;
    clock.start(allowed, at(0s));
    EXPECT_FALSE(clock.due());
}

// The client is not to blame for the time in which nobody reads.
TEST(ReadClock, StandsStillWhileNobodyReads) {
    const config::ReadTime allowed{20s, 40s, 500};
    ReadClock clock;
    clock.start(allowed, at(0s));
    clock.stand_still(at(5s));
    clock.stand_still(at(7s));  // still
    EXPECT_FALSE(clock.due());
    EXPECT_FALSE(clock.is_over(at(1h)));
    clock.go_on(at(105s));
    clock.go_on(at(106s));
    EXPECT_EQ(clock.due(), at(120s));
    clock.add(100'000);
    EXPECT_EQ(clock.due(), at(140s));
}

TEST(SendClock, ExpiresWhenNothingIsTaken) {
    SendClock clock;
    clock.start(8s, at(0s));
    // What was acknowledged before is found at the first look, an eighth of the time late.
    EXPECT_EQ(clock.look_at(), at(1s));
    EXPECT_TRUE(clock.look(4711, at(1s)));
    for (auto now = at(2s); now < at(9s); now += 1s) {
        EXPECT_EQ(clock.look_at(), now);
        EXPECT_TRUE(clock.look(4711, now));
    }
    EXPECT_EQ(clock.look_at(), at(9s));
    EXPECT_FALSE(clock.look(4711, at(9s)));
}

TEST(SendClock, CountsFromTheSendOfTheSecondStall) {
    SendClock clock;
    clock.start(8s, at(0s));
    EXPECT_TRUE(clock.look(4711, at(1s)));
    clock.start(8s, at(100s));
    EXPECT_TRUE(clock.look(4711, at(101s)));
    EXPECT_TRUE(clock.look(4711, at(107s)));
    EXPECT_EQ(clock.look_at(), at(108s));
    EXPECT_FALSE(clock.look(4711, at(108s)));
}

TEST(SendClock, IsPatientWhileBytesAreTaken) {
    SendClock clock;
    clock.start(8s, at(0s));
    std::uint64_t taken = 1;
    for (auto now = at(1s); now < at(1000s); now += 7s) {
        EXPECT_TRUE(clock.look(taken++, now));
    }
}

constexpr std::uint64_t kMuch = DrainClock::kBytesBetweenLooks;

TEST(DrainClock, LooksOnlyOnceTheStopHasBegun) {
    DrainClock clock;
    EXPECT_EQ(clock.look_at(), Time::max());
    clock.start({.awaits_client = true, .bytes = 7}, at(1s));
    EXPECT_EQ(clock.look_at(), at(6s));
    EXPECT_FALSE(clock.look({.awaits_client = true, .bytes = 7}, at(6s)));
}

TEST(DrainClock, IsPatientWithAClientThatGetsOn) {
    DrainClock clock;
    clock.start({.awaits_client = true, .bytes = 7}, at(0s));
    std::uint64_t bytes = 7 + kMuch;
    for (int look = 1; look < 20; ++look, bytes += kMuch) {
        EXPECT_TRUE(clock.look({.awaits_client = true, .bytes = bytes}, clock.look_at()));
    }
    EXPECT_EQ(clock.look_at(), at(100s));
    EXPECT_FALSE(clock.look({.awaits_client = true, .bytes = bytes - 1}, clock.look_at()))
        << "a byte now and then would hold up a stop to its end";
}

// The client has its time from when nobody else was to blame any more.
TEST(DrainClock, CountsOnlyLooksInARow) {
    DrainClock clock;
    clock.start({.awaits_client = true}, at(0s));
    EXPECT_TRUE(clock.look({.awaits_client = false}, at(5s)));
    EXPECT_TRUE(clock.look({.awaits_client = true}, at(10s)));
    EXPECT_FALSE(clock.look({.awaits_client = true}, at(15s)));
}

TEST(LingerClock, GivesALittleMoreTimeForEachByte) {
    LingerClock clock;
    clock.start(60s, at(0s));
    EXPECT_EQ(clock.due(), at(2s));
    clock.on_bytes(at(1s));
    EXPECT_EQ(clock.due(), at(3s));
    clock.on_bytes(at(59s));
    EXPECT_EQ(clock.due(), at(60s)) << "one that sends for ever does not stay";
}

TEST(LingerClock, HurriesWhereTheServerStops) {
    LingerClock clock;
    clock.start(60s, at(0s));
    clock.hurry(at(1s));
    clock.on_bytes(at(2s));
    EXPECT_EQ(clock.due(), at(3s));
    clock.hurry(at(3s));
    EXPECT_EQ(clock.due(), at(3s)) << "not again";
}

}  // namespace
}  // namespace server
