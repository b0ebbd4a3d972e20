// Who has a place for his body, and who waits for one.
#include "tests/unit/server/dispatch/aside/body_room_under_test.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <random>
#include <tuple>

namespace test {
namespace {

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
    BodyGuest& large = idle_body(kHost);
    large.whole = 5000;
    EXPECT_TRUE(large.comes(10));
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, CountsWhatHasComeBeyondIt) {
    BodyGuest& one = body(kHost);
    EXPECT_TRUE(one.comes(130));
    EXPECT_EQ(room_->taken(), 130U);
    one.place.leave();
    EXPECT_EQ(room_->taken(), 0U);
}

// --- Their order

TEST_F(BodyRoomTest, GoesToTheNearlyCompleteFirst) {
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    BodyGuest& early = body(kHost);
    BodyGuest& nearly = idle_body(kHost);
    EXPECT_FALSE(nearly.comes(60));
    first[0]->place.leave();
    EXPECT_EQ(nearly.told_of_room, 1);
    EXPECT_EQ(early.told_of_room, 0);
    nearly.place.leave();
    EXPECT_EQ(early.told_of_room, 1);
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyRoomTest, GoesToThoseAlikeInTheirOrder) {
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    BodyGuest& second = body(kHost);
    BodyGuest& third = body(kHost);
    first[2]->place.leave();
    EXPECT_TRUE(second.has_place());
    EXPECT_FALSE(third.has_place());
}

TEST_F(BodyRoomTest, GoesToWhoeverHasWaitedLongestEverySecondTime) {
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    BodyGuest& early = body(kHost);
    BodyGuest& nearly = idle_body(kHost);
    BodyGuest& also_nearly = idle_body(kHost);
    EXPECT_FALSE(nearly.comes(60));
    EXPECT_FALSE(also_nearly.comes(60));
    first[0]->place.leave();
    EXPECT_TRUE(nearly.has_place());
    first[1]->place.leave();
    EXPECT_TRUE(early.has_place());
    EXPECT_FALSE(also_nearly.has_place());
    first[2]->place.leave();
    EXPECT_TRUE(also_nearly.has_place());
}

// Others have so much that it could not be had even without the rest of its sender's.
TEST_F(BodyRoomTest, IsNotKeptForWhatIsTooLarge) {
    for (const std::uint32_t other : {2U, 3U}) {
        for (const char* const address : {"10.0.0.2", "10.0.0.3", "10.0.0.4"}) {
            bodies(20, other, address);
        }
    }
    ASSERT_EQ(room_->taken(), 900U);
    BodyGuest& one = body(kHost);
    EXPECT_TRUE(one.has_place());
    BodyGuest& large = idle_body(kHost);
    large.whole = 200;
    EXPECT_FALSE(large.comes(10));
    const std::vector<BodyGuest*> small = bodies(2, kHost);
    one.place.leave();
    EXPECT_TRUE(small[0]->has_place());
    small[0]->place.leave();
    EXPECT_TRUE(small[1]->has_place());
    EXPECT_FALSE(large.has_place());
}

TEST_F(BodyRoomTest, GoesToTheSenderWithLeastFirst) {
    const std::vector<BodyGuest*> crowd = bodies(20, kHost);
    const std::vector<BodyGuest*> others = bodies(20, kHost, "10.0.0.2");
    bodies(1, kHost, "10.0.0.3");
    BodyGuest& last = body(kHost, "10.0.0.4");
    EXPECT_FALSE(last.has_place());
    crowd[0]->place.leave();
    EXPECT_TRUE(last.has_place());
    EXPECT_EQ(with_place(crowd), 2);
    EXPECT_EQ(with_place(others), 2);
}

TEST_F(BodyRoomTest, ForgetsWhoGoesWhileHeWaits) {
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    {
        BodyGuest gone(*room_, kHost, "10.0.0.1");
        EXPECT_FALSE(gone.comes(10));
    }
    first[0]->place.leave();
    EXPECT_EQ(room_->taken(), 200U);
}

TEST_F(BodyRoomTest, IsNotWaitedForLongerThanPatience) {
    bodies(3, kHost);
    BodyGuest& next = idle_body(kHost);
    next.patience = 500ms;
    EXPECT_FALSE(next.comes(10));
    BodyGuest& patient = body(kHost);
    pass_a_look();
    EXPECT_FALSE(next.has_given_up);
    pass_a_look();
    EXPECT_TRUE(next.has_given_up);
    EXPECT_FALSE(patient.has_given_up);
    next.place.leave();  // harmless
    EXPECT_EQ(next.told_of_room, 0);
}

// --- Any order

// Whoever hears of something may leave, and others with him.
TEST_F(BodyRoomTest, BearsThatWhoeverHearsLeaves) {
    struct Leaving final : BodyRoom::Guest {
        void on_room() override {
            place.leave();
            next->leave();
        }
        void on_no_room() override {}
        BodyRoom::Place place{*this};
        BodyRoom::Place* next = nullptr;
    };
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    Leaving one;
    Leaving other;
    one.next = &other.place;
    other.next = &one.place;
    const std::string address = "10.0.0.1";
    const BodyRoom::Claim claim{.host = kHost, .address = address, .came = 10, .whole = 100};
    EXPECT_FALSE(room_->take(one.place, claim, 60s));
    EXPECT_FALSE(room_->take(other.place, claim, 60s));
    BodyGuest& last = body(kHost);
    first[0]->place.leave();
    EXPECT_EQ(last.told_of_room, 1);
    EXPECT_EQ(room_->taken(), 300U);
}

// Four bodies, of which three have room, and whatever may become of one of them, in each order.
TEST_F(BodyRoomTest, HasRoomAgainWhateverBecomesOfOne) {
    const std::array<std::function<void(BodyGuest&)>, 6> steps{
        [this](BodyGuest&) { pass(BodyTurns::kTurn + 300ms); },
        [this](BodyGuest&) { pass(BodyTurns::kLent + 300ms); },
        [](BodyGuest& one) { std::ignore = one.comes(50); },
        [](BodyGuest& one) { std::ignore = one.comes(99); },
        [](BodyGuest& one) { one.place.leave(); },
        [this](BodyGuest&) { bodies_.back().place.leave(); },
    };
    for (int order = 0; order < 6 * 6 * 6 * 6 * 6; ++order) {
        const std::vector<BodyGuest*> them = bodies(4, kHost);
        for (int rest = order, i = 0; i < 5; ++i, rest /= 6) {
            steps.at(static_cast<std::size_t>(rest % 6))(*them.front());
            std::size_t least = 0;
            for (const BodyGuest* const one : them) {
                least += one->has_place() ? one->whole : 0;
            }
            ASSERT_GE(room_->taken(), least) << order;
            ASSERT_LE(room_->taken(), 500U) << order;
        }
        for (BodyGuest* const one : them) {
            one->place.leave();
        }
        ASSERT_EQ(room_->taken(), 0U) << order;
        bodies_.clear();
    }
}

TEST_F(BodyRoomTest, KeepsCountInEveryOrder) {
    std::mt19937 random(20240229);  // NOLINT(cert-msc51-cpp): the same each time
    const auto any = [&random](int below) {
        return std::uniform_int_distribution<int>(0, below - 1)(random);
    };
    constexpr int kBodies = 40;
    std::array<std::size_t, kBodies> came{};
    for (int i = 0; i < kBodies; ++i) {
        BodyGuest& one =
            idle_body(static_cast<std::uint32_t>(any(3)), fmt::format("10.0.0.{}", any(4)));
        one.patience = std::chrono::milliseconds(500 + any(20'000));
        one.whole = static_cast<std::size_t>(40 + any(60));
    }
    for (int step = 0; step < 20'000; ++step) {
        const auto at = static_cast<std::size_t>(any(kBodies));
        BodyGuest& one = bodies_[at];
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
            if (std::exchange(bodies_[i].has_given_up, false)) {
                ASSERT_FALSE(bodies_[i].has_place());
                came[i] = 0;
            }
        }
        ASSERT_LE(room_->taken(), 1200U);
        std::size_t least = 0;
        for (const BodyGuest& its : bodies_) {
            least += its.has_place() ? its.whole : 0;
        }
        ASSERT_GE(room_->taken(), least);
    }
    for (BodyGuest& one : bodies_) {
        one.place.leave();
    }
    EXPECT_EQ(room_->taken(), 0U);
}

}  // namespace
}  // namespace test
