// Who has a place for his body, who waits for one, and who loses it.
#include "core/server/dispatch/aside/body_room.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "tests/support/unit/scripted_ring.h"

namespace test {
namespace {

using server::BodyRoom;
using namespace std::chrono_literals;

constexpr std::uint32_t kHost = 1;
constexpr std::uint32_t kOther = 2;

struct Body final : BodyRoom::Guest {
    void on_room() override { ++told_of_room; }
    void on_room_lost() override { has_lost = true; }
    void on_no_room() override { has_given_up = true; }
    BodyRoom::Place place{*this};
    int told_of_room = 0;
    bool has_lost = false;
    bool has_given_up = false;
};

class BodyRoomTest : public testing::Test {
protected:
    BodyRoomTest() {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        loop_ = std::move(*loop::Loop::create(
            std::make_unique<ScriptedRing>(), loop::Spin::kNever, []() noexcept { return now_; }
        ));
        room_ = std::make_unique<BodyRoom>(*loop_, 1000);
    }
    // A new body wants a place of 100 bytes.
    Body& body(std::uint32_t host, BodyRoom::Duration patience = 60s) {
        Body& one = bodies_.emplace_back();
        const bool is_taken = room_->take(one.place, host, 100, patience);
        EXPECT_EQ(is_taken, one.place.is_taken());
        return one;
    }
    void bodies(int count, std::uint32_t host) {
        for (int i = 0; i < count; ++i) {
            body(host);
        }
    }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        loop_->turn(0ns);
        loop_->turn(0ns);
    }

    static inline loop::Clock::time_point now_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<BodyRoom> room_;
    std::deque<Body> bodies_;
};

TEST_F(BodyRoomTest, IsHalfOfItForOneHostAndLessForEachThatFollows) {
    bodies(20, kHost);
    EXPECT_EQ(room_->taken(), 500U);
    bodies(20, kOther);
    EXPECT_EQ(room_->taken(), 800U);
    EXPECT_TRUE(body(3).place.is_taken()) << "there is always some left";
}

TEST_F(BodyRoomTest, GoesToThoseWhoWaitInTheirOrder) {
    bodies(5, kHost);
    Body& first = body(kHost);
    Body& second = body(kHost);
    EXPECT_FALSE(first.place.is_taken());
    bodies_[0].place.leave();
    EXPECT_EQ(first.told_of_room, 1);
    EXPECT_EQ(second.told_of_room, 0);
    first.place.leave();
    EXPECT_EQ(second.told_of_room, 1);
    EXPECT_EQ(room_->taken(), 500U);
}

TEST_F(BodyRoomTest, PassesAHostOverThatHasItsPart) {
    bodies(5, kHost);
    bodies(2, kOther);
    Body& of_full_host = body(kHost);
    Body& of_other = body(kOther);
    bodies_[5].place.leave();
    EXPECT_FALSE(of_full_host.place.is_taken());
    EXPECT_TRUE(of_other.place.is_taken());
}

TEST_F(BodyRoomTest, IsKeptForAsLongAsNobodyWaits) {
    bodies(5, kHost);
    pass(60s);
    EXPECT_EQ(room_->taken(), 500U);
    Body& next = body(kHost);
    pass(500ms);
    EXPECT_TRUE(bodies_[0].has_lost) << "the first one, for it has had its time";
    EXPECT_FALSE(bodies_[1].has_lost) << "nobody waits any more";
    EXPECT_EQ(next.told_of_room, 1);
}

TEST_F(BodyRoomTest, IsNobodysBeforeItsTimeIsOver) {
    bodies(5, kHost);
    Body& next = body(kHost);
    pass(9s);
    EXPECT_FALSE(next.place.is_taken());
    EXPECT_FALSE(bodies_[0].has_lost);
    pass(1s);
    pass(500ms);
    EXPECT_TRUE(next.place.is_taken());
}

// One that has less than those who wait keeps what it has.
TEST_F(BodyRoomTest, IsNotTakenFromAHostThatHasLittle) {
    body(kOther);
    bodies(5, kHost);
    Body& next = body(kHost);
    pass(10s);
    pass(500ms);
    EXPECT_FALSE(bodies_[0].has_lost);
    EXPECT_TRUE(next.place.is_taken());
}

TEST_F(BodyRoomTest, IsNotWaitedForLongerThanPatience) {
    bodies(5, kHost);
    Body& next = body(kHost, 2s);
    Body& patient = body(kHost);
    pass(1s);
    EXPECT_FALSE(next.has_given_up);
    pass(1s);
    pass(500ms);
    EXPECT_TRUE(next.has_given_up);
    EXPECT_FALSE(patient.has_given_up);
    next.place.leave();  // harmless
    bodies_[0].place.leave();
    EXPECT_EQ(next.told_of_room, 0);
    EXPECT_EQ(patient.told_of_room, 1);
}

TEST_F(BodyRoomTest, ForgetsWhoGoesWhileHeWaits) {
    bodies(5, kHost);
    {
        Body gone;
        EXPECT_FALSE(room_->take(gone.place, kHost, 100, 60s));
    }
    bodies_[0].place.leave();
    EXPECT_EQ(room_->taken(), 400U);
}

TEST_F(BodyRoomTest, TakesNoMoreThanItsHalfForOneBody) {
    Body large;
    EXPECT_TRUE(room_->take(large.place, kHost, 5000, 60s));
    EXPECT_EQ(room_->taken(), 500U);
}

}  // namespace
}  // namespace test
