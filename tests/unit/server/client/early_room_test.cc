// Who has how much of requests that have not come to their end, and who has to go.
#include "core/server/client/early_room.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace test {
namespace {

constexpr std::size_t kEarlyByRight = server::EarlyRoom::kByRight;

class EarlyRoomTest : public testing::Test {
protected:
    struct Request final : server::EarlyRoom::Guest {
        Request(server::EarlyRoom& room, std::string its_address, std::uint32_t its_host)
            : address(std::move(its_address)), host(its_host), place(room, *this, address) {}
        void on_early_room_lost() override { has_lost = true; }
        [[nodiscard]] bool has(std::size_t bytes) {
            return place.grow_to(kEarlyByRight + bytes, host);
        }

        const std::string address;
        std::uint32_t host;
        bool has_lost = false;
        server::EarlyRoom::Place place;
    };

    Request& from(const std::string& address, std::uint32_t host = 0) {
        requests_.push_back(std::make_unique<Request>(room_, address, host));
        return *requests_.back();
    }

    server::EarlyRoom room_{100};
    std::vector<std::unique_ptr<Request>> requests_;
};

TEST_F(EarlyRoomTest, CountsNothingOfWhatEachMayHave) {
    Request& one = from("192.0.2.1");
    EXPECT_TRUE(one.has(0));
    EXPECT_EQ(room_.taken(), 0U);
    EXPECT_TRUE(one.has(30));
    EXPECT_TRUE(one.has(70));
    EXPECT_EQ(room_.taken(), 70U);
    one.place.leave();
    EXPECT_EQ(room_.taken(), 0U);
    EXPECT_TRUE(one.has(100)) << "the next request of the connection";
}

TEST_F(EarlyRoomTest, IsTakenFromTheLargestOfWhoeverHasMost) {
    Request& little = from("192.0.2.1");
    Request& alone = from("192.0.2.2");
    Request& large = from("192.0.2.1");
    ASSERT_TRUE(little.has(5));
    ASSERT_TRUE(alone.has(40));
    ASSERT_TRUE(large.has(37));
    Request& next = from("192.0.2.3");
    EXPECT_TRUE(next.has(20));
    EXPECT_TRUE(large.has_lost);
    EXPECT_FALSE(alone.has_lost) << "it is larger, but its sender has less";
    EXPECT_FALSE(little.has_lost);
    EXPECT_EQ(room_.taken(), 65U);
}

TEST_F(EarlyRoomTest, IsTakenFromTheVirtualHostThatHasMost) {
    std::vector<Request*> crowd;
    for (int i = 0; i < 6; ++i) {
        crowd.push_back(&from("192.0.2.1", 1));
        ASSERT_TRUE(crowd.back()->has(15));
    }
    Request& other = from("192.0.2.1", 2);
    EXPECT_TRUE(other.has(20)) << "of the same sender, who has most";
    EXPECT_TRUE(crowd.front()->has_lost);
    Request& head = from("192.0.2.1", server::EarlyRoom::kNoHost);
    EXPECT_TRUE(head.has(20));
    EXPECT_FALSE(other.has_lost || head.has_lost);
}

// A head has told for which host it is, and what has come of it goes there.
TEST_F(EarlyRoomTest, IsTakenFromTheHostThatAHeadHasTold) {
    Request& first = from("192.0.2.1", server::EarlyRoom::kNoHost);
    ASSERT_TRUE(first.has(50));
    first.host = 1;
    ASSERT_TRUE(first.has(50));
    Request& head = from("192.0.2.1", server::EarlyRoom::kNoHost);
    EXPECT_TRUE(head.has(40));
    EXPECT_EQ(room_.taken(), 90U);
    Request& second = from("192.0.2.2", 1);
    EXPECT_TRUE(second.has(20));
    EXPECT_TRUE(first.has_lost);
    EXPECT_FALSE(head.has_lost);
}

// One that stays a little below what others need is no better than they are.
TEST_F(EarlyRoomTest, IsTakenFromWhoeverStandsStillAmongThoseOfOneSize) {
    std::vector<Request*> crowd;
    for (int i = 0; i < 6; ++i) {
        crowd.push_back(&from("192.0.2.1"));
        ASSERT_TRUE(crowd.back()->has(14));
    }
    Request& gets_on = from("192.0.2.1");
    for (const std::size_t bytes : {4U, 8U, 12U, 17U}) {
        EXPECT_TRUE(gets_on.has(bytes));
    }
    EXPECT_FALSE(gets_on.has_lost);
    EXPECT_TRUE(crowd[0]->has_lost);
    EXPECT_FALSE(crowd[1]->has_lost);
    EXPECT_TRUE(crowd[1]->has(14)) << "more of it comes, which is not kept";
    EXPECT_TRUE(from("192.0.2.1").has(14));
    EXPECT_FALSE(crowd[1]->has_lost);
    EXPECT_TRUE(crowd[2]->has_lost);
}

TEST_F(EarlyRoomTest, IsNotForOneWhoHasMost) {
    Request& little = from("192.0.2.1");
    Request& large = from("192.0.2.2");
    ASSERT_TRUE(little.has(40));
    ASSERT_TRUE(large.has(60));
    EXPECT_FALSE(large.has(61));
    EXPECT_FALSE(large.has_lost) << "who asks is answered";
    EXPECT_FALSE(little.has_lost);
    EXPECT_EQ(room_.taken(), 40U);
}

TEST_F(EarlyRoomTest, IsLeftToOthersHoweverManyCome) {
    Request& honest = from("192.0.2.1");
    ASSERT_TRUE(honest.has(20));
    for (int i = 0; i < 100; ++i) {
        (void)from("192.0.2.2").has(15);
        EXPECT_LE(room_.taken(), 100U);
    }
    EXPECT_FALSE(honest.has_lost);
    EXPECT_TRUE(honest.has(45)) << "still less than the others have";
    EXPECT_FALSE(honest.has_lost);
}

// What one customer has is one sender (RFC 6177).
TEST_F(EarlyRoomTest, TakesAnIpv6NetworkForOneSender) {
    Request& one = from("2001:db8:0:1::1");
    Request& two = from("2001:db8:0:1:ffff::2");
    Request& other = from("2001:db8:0:2::1");
    ASSERT_TRUE(one.has(30));
    ASSERT_TRUE(two.has(31));
    ASSERT_TRUE(other.has(39));
    EXPECT_TRUE(other.has(42));
    EXPECT_TRUE(one.has_lost);
    EXPECT_FALSE(two.has_lost);
}

}  // namespace
}  // namespace test
