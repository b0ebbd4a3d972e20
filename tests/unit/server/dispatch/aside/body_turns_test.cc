// Who has had his place for long enough while others wait, and what becomes of him.
#include "tests/unit/server/dispatch/aside/body_room_under_test.h"

namespace test {
namespace {

class BodyTurnsTest : public BodyRoomTest {};

// --- Turns

TEST_F(BodyTurnsTest, IsKeptForAsLongAsNobodyWaits) {
    const std::vector<BodyGuest*> first = bodies(3, kHost);
    pass(60s);
    EXPECT_EQ(with_place(first), 3);
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyTurnsTest, LeavesTheSlowWhatHasComeOfThem) {
    const std::vector<BodyGuest*> slow = bodies(3, kHost);
    BodyGuest& next = body(kHost);
    pass(900ms);
    EXPECT_EQ(with_place(slow), 3) << "it is their turn";
    pass_a_look();
    EXPECT_TRUE(next.has_place());
    EXPECT_EQ(with_place(slow), 2);
    EXPECT_EQ(room_->taken(), 310U);
    next.place.leave();
    EXPECT_EQ(with_place(slow), 3) << "they go on where there is room again";
    for (BodyGuest* const one : slow) {
        EXPECT_FALSE(one->has_given_up);
        EXPECT_TRUE(one->comes(50));
    }
    EXPECT_EQ(room_->taken(), 300U);
}

TEST_F(BodyTurnsTest, IsLeftToTheNearlyComplete) {
    const std::vector<BodyGuest*> them = bodies(3, kHost);
    for (BodyGuest* const one : them) {
        EXPECT_TRUE(one->comes(99));
    }
    BodyGuest& waiting = body(kHost);
    EXPECT_FALSE(waiting.has_place());
    pass(BodyTurns::kTurn + 300ms);
    EXPECT_EQ(with_place(them), 3);
    them.front()->place.leave();
    EXPECT_TRUE(waiting.has_place());
}

TEST_F(BodyTurnsTest, IsTakenFromTheSlowestFirst) {
    std::vector<BodyGuest*> them = bodies(3, kHost);
    them[0]->comes(60);
    them[1]->comes(20);
    them[2]->comes(70);
    BodyGuest& next = idle_body(kHost);
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
TEST_F(BodyTurnsTest, CountsWhatComesBehindATurn) {
    BodyGuest& slow = body(kHost);
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
TEST_F(BodyTurnsTest, GoesToThoseFirstWhoHaveBeenInTurnLeastOften) {
    std::vector<BodyGuest*> crowd = bodies(10, kHost);
    for (int i = 0; i < 8; ++i) {
        pass(1000ms);
        pass_a_look();
    }
    BodyGuest& next = body(kHost);
    pass_a_look();
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(next.told_of_room > 0 || next.has_place());
    EXPECT_FALSE(next.has_given_up);
}

TEST_F(BodyTurnsTest, IsNotTakenFromASenderThatHasLess) {
    BodyGuest& small = body(kHost, "10.0.0.2");
    const std::vector<BodyGuest*> crowd = bodies(20, kHost);
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(small.has_place());
    EXPECT_EQ(small.told_of_room, 0);
}

TEST_F(BodyTurnsTest, IsTakenFromASenderThatHasMore) {
    const std::vector<BodyGuest*> crowd = bodies(20, kHost);
    const std::vector<BodyGuest*> more = bodies(20, kHost, "10.0.0.2");
    bodies(1, kHost, "10.0.0.3");
    BodyGuest& next = body(kHost, "10.0.0.4");
    EXPECT_FALSE(next.has_place());
    pass(1000ms);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
}

TEST_F(BodyTurnsTest, OfAnotherHostIsLeftAlone) {
    BodyGuest& other = body(kOther);
    bodies(20, kHost);
    bodies(20, kHost, "10.0.0.2");
    pass(20s);
    for (int i = 0; i < 20; ++i) {
        pass_a_look();
    }
    EXPECT_TRUE(other.has_place());
    EXPECT_EQ(other.told_of_room, 0);
}

// What it takes to be served is up to us, and nobody is judged by it.
TEST_F(BodyTurnsTest, AreAllThatASlowOneIsJudgedBy) {
    const std::vector<BodyGuest*> slow = bodies(6, kHost);
    for (int i = 0; i < 180; ++i) {
        pass_a_look();
    }
    EXPECT_TRUE(std::ranges::none_of(slow, &BodyGuest::has_given_up));
    EXPECT_TRUE(std::ranges::all_of(slow, [](const BodyGuest* one) {
        return one->told_of_room > 3;
    }));
}

TEST_F(BodyTurnsTest, EndForTheNearlyCompleteThatDoNotGoOn) {
    const std::vector<BodyGuest*> them = bodies(3, kHost);
    for (BodyGuest* const one : them) {
        one->comes(90);
    }
    BodyGuest& next = idle_body(kHost);
    next.whole = 30;
    EXPECT_FALSE(next.comes(1));
    pass(10s);
    pass_a_look();
    EXPECT_EQ(with_place(them), 3);
    pass(10s);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
}

// --- What has come is too much

TEST_F(BodyTurnsTest, AreLostByTheSlowestWhereWhatHasComeFillsTheRoom) {
    std::vector<BodyGuest*> them = bodies(3, kHost);
    them[0]->comes(90);
    them[1]->comes(98);
    them[2]->comes(95);
    BodyGuest& next = body(kHost);
    pass(19s);
    pass_a_look();
    EXPECT_FALSE(next.has_place());
    pass(1s);
    pass_a_look();
    EXPECT_TRUE(next.has_place());
    EXPECT_TRUE(them[0]->has_given_up);
    EXPECT_FALSE(them[1]->has_given_up);
    EXPECT_FALSE(them[2]->has_given_up);
}

// It comes faster than the others whenever it is in turn, and waits as long as they do.
TEST_F(BodyTurnsTest, AreNotLostByWaiting) {
    BodyGuest& fast = body(kHost);
    std::vector<BodyGuest*> slow = bodies(10, kHost);
    std::size_t came = 10;
    for (int looks = 0; looks < 100 && came < 100; ++looks) {
        pass_a_look();
        for (BodyGuest* const one : slow) {
            if (one->has_place() && one->told_of_room < 2) {
                one->comes(30);
            }
        }
        if (fast.has_place() && looks % 4 == 0) {
            came = std::min<std::size_t>(came + 25, 100);
            fast.comes(came);
        }
    }
    EXPECT_TRUE(std::ranges::any_of(slow, &BodyGuest::has_given_up));
    EXPECT_EQ(came, 100U);
    EXPECT_GT(fast.told_of_room, 0);
    EXPECT_FALSE(fast.has_given_up);
}

// Each of them has nearly all on arrival and then nothing, and is there again as soon as it is
// told to go.
TEST_F(BodyTurnsTest, ComeToThoseWhoShareTheirAddressWithACrowd) {
    for (const std::size_t came : {std::size_t{50}, std::size_t{90}, std::size_t{99}}) {
        std::deque<BodyGuest> crowd;
        for (int i = 0; i < 6; ++i) {
            crowd.emplace_back(*room_, kHost, "10.0.0.1").comes(came);
        }
        BodyGuest honest(*room_, kHost, "10.0.0.1");
        EXPECT_FALSE(honest.comes(10));
        for (int looks = 0; looks < 400 && !honest.has_place(); ++looks) {
            pass_a_look();
            for (BodyGuest& one : crowd) {
                if (std::exchange(one.has_given_up, false)) {
                    one.comes(came);
                }
            }
        }
        EXPECT_TRUE(honest.has_place()) << came;
        EXPECT_FALSE(honest.has_given_up) << came;
    }
}

}  // namespace
}  // namespace test
