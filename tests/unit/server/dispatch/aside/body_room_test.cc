// Who has a place for his body, who waits for one, and who loses it.
#include "core/server/dispatch/aside/body_room.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

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
    [[nodiscard]] bool has_place() const { return place.is_taken(); }
    // So much of it has come by now; true: it may go on.
    bool comes(std::size_t bytes) {
        return room.take(
            place, {.host = host, .address = address, .came = bytes, .whole = whole}, patience
        );
    }

    Body(BodyRoom& its_room, std::uint32_t its_host, std::string its_address)
        : room(its_room), host(its_host), address(std::move(its_address)) {}

    BodyRoom& room;
    const std::uint32_t host;
    const std::string address;
    std::size_t whole = 100;
    BodyRoom::Duration patience = 60s;
    BodyRoom::Place place{*this};
    int told_of_room = 0;
    bool has_lost = false;
    bool has_given_up = false;
};

// 1200 bytes: a sender that is alone may have 300, and a little more than that for the last one.
class BodyRoomTest : public testing::Test {
protected:
    BodyRoomTest() {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        loop_ = std::move(*loop::Loop::create(
            std::make_unique<ScriptedRing>(), loop::Spin::kNever, []() noexcept { return now_; }
        ));
        room_ = std::make_unique<BodyRoom>(*loop_, 1200);
    }
    Body& idle_body(std::uint32_t host, const std::string& address = "10.0.0.1") {
        return bodies_.emplace_back(*room_, host, address);
    }
    // One of 100 bytes of which 10 have come.
    Body& body(std::uint32_t host, const std::string& address = "10.0.0.1") {
        Body& one = idle_body(host, address);
        const bool may_go_on = one.comes(10);
        EXPECT_EQ(may_go_on, one.has_place());
        return one;
    }
    std::vector<Body*> bodies(
        int count, std::uint32_t host, const std::string& address = "10.0.0.1"
    ) {
        std::vector<Body*> them;
        for (int i = 0; i < count; ++i) {
            them.push_back(&body(host, address));
        }
        return them;
    }
    static long with_place(const std::vector<Body*>& them) {
        return std::ranges::count_if(them, &Body::has_place);
    }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        loop_->turn(0ns);
        loop_->turn(0ns);
    }
    // Until the room has looked again.
    void pass_a_look() { pass(300ms); }

    static inline loop::Clock::time_point now_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<BodyRoom> room_;
    std::deque<Body> bodies_;
};

// --- Shares

TEST_F(BodyRoomTest, IsHalfOfAHalfForOneSenderAndLessForEachThatFollows) {
    EXPECT_EQ(with_place(bodies(20, kHost)), 3);
    EXPECT_EQ(with_place(bodies(20, kHost, "10.0.0.2")), 2);
    EXPECT_EQ(with_place(bodies(20, kHost, "10.0.0.3")), 1);
    EXPECT_EQ(with_place(bodies(20, kHost, "10.0.0.4")), 0) << "its host has its half";
    EXPECT_EQ(room_->taken(), 600U);
    EXPECT_TRUE(body(kOther, "10.0.0.1").has_place()) << "another host has not";
}

TEST_F(BodyRoomTest, CountsANetworkOfIpv6AsOneSender) {
    EXPECT_EQ(with_place(bodies(20, kHost, "2001:db8:0:1::1")), 3);
    EXPECT_FALSE(body(kHost, "2001:db8:0:1:ffff::2").has_place());
    EXPECT_TRUE(body(kHost, "2001:db8:0:2::1").has_place());
}

TEST_F(BodyRoomTest, IsNoMoreThanItsQuarterForOneBody) {
    Body& large = idle_body(kHost);
    large.whole = 5000;
    EXPECT_TRUE(large.comes(10));
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, CountsWhatHasComeBeyondIt) {
    Body& one = body(kHost);
    EXPECT_TRUE(one.comes(130));
    EXPECT_EQ(room_->taken(), 130U);
    one.place.leave();
    EXPECT_EQ(room_->taken(), 0U);
}

// --- Their order

TEST_F(BodyRoomTest, GoesToTheNearlyCompleteFirst) {
    const std::vector<Body*> first = bodies(3, kHost);
    Body& early = body(kHost);
    Body& nearly = idle_body(kHost);
    EXPECT_FALSE(nearly.comes(60));
    first[0]->place.leave();
    EXPECT_EQ(nearly.told_of_room, 1);
    EXPECT_EQ(early.told_of_room, 0);
    nearly.place.leave();
    EXPECT_EQ(early.told_of_room, 1);
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, GoesToThoseAlikeInTheirOrder) {
    const std::vector<Body*> first = bodies(3, kHost);
    Body& second = body(kHost);
    Body& third = body(kHost);
    first[2]->place.leave();
    EXPECT_TRUE(second.has_place());
    EXPECT_FALSE(third.has_place());
}

TEST_F(BodyRoomTest, GoesToTheSenderWithLeastFirst) {
    const std::vector<Body*> crowd = bodies(20, kHost);
    const std::vector<Body*> others = bodies(20, kHost, "10.0.0.2");
    bodies(1, kHost, "10.0.0.3");
    Body& last = body(kHost, "10.0.0.4");
    EXPECT_FALSE(last.has_place());
    crowd[0]->place.leave();
    EXPECT_TRUE(last.has_place());
    EXPECT_EQ(with_place(crowd), 2);
    EXPECT_EQ(with_place(others), 2);
}

TEST_F(BodyRoomTest, ForgetsWhoGoesWhileHeWaits) {
    const std::vector<Body*> first = bodies(3, kHost);
    {
        Body gone(*room_, kHost, "10.0.0.1");
        EXPECT_FALSE(gone.comes(10));
    }
    first[0]->place.leave();
    EXPECT_EQ(room_->taken(), 200U);
}

TEST_F(BodyRoomTest, IsNotWaitedForLongerThanPatience) {
    bodies(3, kHost);
    Body& next = idle_body(kHost);
    next.patience = 500ms;
    EXPECT_FALSE(next.comes(10));
    Body& patient = body(kHost);
    pass_a_look();
    EXPECT_FALSE(next.has_given_up);
    pass_a_look();
    EXPECT_TRUE(next.has_given_up);
    EXPECT_FALSE(patient.has_given_up);
    next.place.leave();  // harmless
    EXPECT_EQ(next.told_of_room, 0);
}

// --- Turns

TEST_F(BodyRoomTest, IsKeptForAsLongAsNobodyWaits) {
    const std::vector<Body*> first = bodies(3, kHost);
    pass(60s);
    EXPECT_EQ(with_place(first), 3);
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, LeavesTheSlowWhatHasComeOfThem) {
    const std::vector<Body*> slow = bodies(3, kHost);
    Body& next = body(kHost);
    pass(900ms);
    EXPECT_EQ(with_place(slow), 3) << "it is their turn";
    pass_a_look();
    EXPECT_TRUE(next.has_place());
    EXPECT_EQ(with_place(slow), 2);
    EXPECT_EQ(room_->taken(), 310U);
    next.place.leave();
    EXPECT_EQ(with_place(slow), 3) << "they go on where there is room again";
    for (Body* const one : slow) {
        EXPECT_FALSE(one->has_lost);
        EXPECT_TRUE(one->comes(50));
    }
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, IsLeftToTheNearlyComplete) {
    const std::vector<Body*> them = bodies(3, kHost);
    for (Body* const one : them) {
        EXPECT_TRUE(one->comes(99));
    }
    Body& waiting = body(kHost);
    EXPECT_FALSE(waiting.has_place());
    pass(BodyRoom::kTurn + 300ms);
    EXPECT_EQ(with_place(them), 3);
    them.front()->place.leave();
    EXPECT_TRUE(waiting.has_place());
}

TEST_F(BodyRoomTest, IsTakenFromTheSlowestFirst) {
    std::vector<Body*> them = bodies(3, kHost);
    them[0]->comes(60);
    them[1]->comes(20);
    them[2]->comes(70);
    Body& next = idle_body(kHost);
    next.whole = 50;
    EXPECT_FALSE(next.comes(20));
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
    EXPECT_TRUE(them[0]->has_place());
    EXPECT_FALSE(them[1]->has_place());
    EXPECT_TRUE(them[2]->has_place());
}

// What was in the kernel by then still comes.
TEST_F(BodyRoomTest, CountsWhatComesBehindATurn) {
    Body& slow = body(kHost);
    bodies(2, kHost);
    bodies(2, kHost);
    pass(1000ms);
    pass_a_look();
    ASSERT_FALSE(slow.has_place());
    const std::size_t before = room_->taken();
    EXPECT_FALSE(slow.comes(25));
    EXPECT_EQ(room_->taken(), before + 15U);
    slow.place.leave();
    EXPECT_EQ(room_->taken() + 25U, before + 15U);
}

// A crowd of slow ones does not stand in front of somebody who has not been in turn yet.
TEST_F(BodyRoomTest, GoesToThoseFirstWhoHaveBeenInTurnLeastOften) {
    std::vector<Body*> crowd = bodies(10, kHost);
    for (int i = 0; i < 8; ++i) {
        pass(1000ms);
        pass_a_look();
    }
    Body& next = body(kHost);
    pass_a_look();
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(next.told_of_room > 0 || next.has_place());
    EXPECT_FALSE(next.has_lost);
}

TEST_F(BodyRoomTest, IsNotTakenFromASenderThatHasLess) {
    Body& small = body(kHost, "10.0.0.2");
    const std::vector<Body*> crowd = bodies(20, kHost);
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(small.has_place());
    EXPECT_EQ(small.told_of_room, 0);
}

TEST_F(BodyRoomTest, IsTakenFromASenderThatHasMore) {
    const std::vector<Body*> crowd = bodies(20, kHost);
    const std::vector<Body*> more = bodies(20, kHost, "10.0.0.2");
    bodies(1, kHost, "10.0.0.3");
    Body& next = body(kHost, "10.0.0.4");
    EXPECT_FALSE(next.has_place());
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
}

TEST_F(BodyRoomTest, OfAnotherHostIsLeftAlone) {
    Body& other = body(kOther);
    bodies(20, kHost);
    bodies(20, kHost, "10.0.0.2");
    pass(20s);
    for (int i = 0; i < 20; ++i) {
        pass_a_look();
    }
    EXPECT_TRUE(other.has_place());
    EXPECT_EQ(other.told_of_room, 0);
}

// --- What has come is too much

TEST_F(BodyRoomTest, IsLostByTheSlowestWhereWhatHasComeFillsIt) {
    std::vector<Body*> them = bodies(3, kHost);
    them[0]->comes(90);
    them[1]->comes(98);
    them[2]->comes(95);
    Body& next = body(kHost);
    pass(9s);
    pass_a_look();
    EXPECT_FALSE(next.has_place());
    pass(1s);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
    EXPECT_TRUE(them[0]->has_lost);
    EXPECT_FALSE(them[1]->has_lost);
    EXPECT_FALSE(them[2]->has_lost);
}

// Whoever hears of something may leave, and others with him.
TEST_F(BodyRoomTest, BearsThatWhoeverHearsLeaves) {
    struct Leaving final : BodyRoom::Guest {
        void on_room() override {
            place.leave();
            next->leave();
        }
        void on_room_lost() override {}
        void on_no_room() override {}
        BodyRoom::Place place{*this};
        BodyRoom::Place* next = nullptr;
    };
    const std::vector<Body*> first = bodies(3, kHost);
    Leaving one;
    Leaving other;
    one.next = &other.place;
    other.next = &one.place;
    const std::string address = "10.0.0.1";
    const BodyRoom::Claim claim{.host = kHost, .address = address, .came = 10, .whole = 100};
    EXPECT_FALSE(room_->take(one.place, claim, 60s));
    EXPECT_FALSE(room_->take(other.place, claim, 60s));
    Body& last = body(kHost);
    first[0]->place.leave();
    EXPECT_EQ(last.told_of_room, 1);
    EXPECT_EQ(room_->taken(), 300U);
}

// --- Any order

TEST_F(BodyRoomTest, KeepsCountInEveryOrder) {
    std::mt19937 random(20240229);  // NOLINT(cert-msc51-cpp): the same each time
    const auto any = [&random](int below) {
        return std::uniform_int_distribution<int>(0, below - 1)(random);
    };
    constexpr int kBodies = 40;
    std::array<std::size_t, kBodies> came{};
    for (int i = 0; i < kBodies; ++i) {
        Body& one = idle_body(static_cast<std::uint32_t>(any(3)), fmt::format("10.0.0.{}", any(4)));
        one.patience = std::chrono::milliseconds(500 + any(20'000));
        one.whole = static_cast<std::size_t>(40 + any(60));
    }
    for (int step = 0; step < 20'000; ++step) {
        const auto at = static_cast<std::size_t>(any(kBodies));
        Body& one = bodies_[at];
        switch (any(6)) {
            case 0:
                one.place.leave();
                came[at] = 0;
                break;
            case 1:
                pass(std::chrono::milliseconds(any(400)));
                break;
            default:  // its bytes come only while it may send
                if (came[at] == 0 || one.has_place()) {
                    came[at] = std::min(one.whole, came[at] + static_cast<std::size_t>(any(20)));
                    one.comes(came[at]);
                }
        }
        for (std::size_t i = 0; i < kBodies; ++i) {
            if (std::exchange(bodies_[i].has_lost, false) ||
                std::exchange(bodies_[i].has_given_up, false)) {
                ASSERT_FALSE(bodies_[i].has_place());
                came[i] = 0;
            }
        }
        ASSERT_LE(room_->taken(), 1200U);
        std::size_t least = 0;
        for (const Body& its : bodies_) {
            least += its.has_place() ? its.whole : 0;
        }
        ASSERT_GE(room_->taken(), least);
    }
    for (Body& one : bodies_) {
        one.place.leave();
    }
    EXPECT_EQ(room_->taken(), 0U);
}

}  // namespace
}  // namespace test
