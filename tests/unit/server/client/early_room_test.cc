// Who has how much of requests that have not come to their end, and who has to go.
#include "core/server/client/early_room.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace test {
namespace {

constexpr std::size_t kEarlyByRight = server::EarlyRoom::kByRight;

class EarlyRoomTest : public testing::Test {
protected:
    struct Request final : server::EarlyRoom::Guest {
        Request(server::EarlyRoom& room, std::string its_address)
            : address(std::move(its_address)), place(room, *this, address) {}
        void on_early_room_lost() override { has_lost = true; }

        const std::string address;
        bool has_lost = false;
        server::EarlyRoom::Place place;
    };

    Request& from(const std::string& address) {
        requests_.push_back(std::make_unique<Request>(room_, address));
        return *requests_.back();
    }

    server::EarlyRoom room_{100};
    std::vector<std::unique_ptr<Request>> requests_;
};

TEST_F(EarlyRoomTest, CountsNothingOfWhatEachMayHave) {
    Request& one = from("192.0.2.1");
    EXPECT_TRUE(one.place.grow_to(kEarlyByRight));
    EXPECT_EQ(room_.taken(), 0U);
    EXPECT_TRUE(one.place.grow_to(kEarlyByRight + 30));
    EXPECT_TRUE(one.place.grow_to(kEarlyByRight + 70));
    EXPECT_EQ(room_.taken(), 70U);
    one.place.leave();
    EXPECT_EQ(room_.taken(), 0U);
    EXPECT_TRUE(one.place.grow_to(kEarlyByRight + 100)) << "the next request of the connection";
}

TEST_F(EarlyRoomTest, IsTakenFromTheLargestOfWhoeverHasMost) {
    Request& little = from("192.0.2.1");
    Request& alone = from("192.0.2.2");
    Request& large = from("192.0.2.1");
    ASSERT_TRUE(little.place.grow_to(kEarlyByRight + 25));
    ASSERT_TRUE(alone.place.grow_to(kEarlyByRight + 40));
    ASSERT_TRUE(large.place.grow_to(kEarlyByRight + 30));
    Request& next = from("192.0.2.3");
    EXPECT_TRUE(next.place.grow_to(kEarlyByRight + 20));
    EXPECT_TRUE(large.has_lost);
    EXPECT_FALSE(alone.has_lost) << "it is larger, but its sender has less";
    EXPECT_FALSE(little.has_lost);
    EXPECT_EQ(room_.taken(), 85U);
}

TEST_F(EarlyRoomTest, IsNotForOneWhoHasMost) {
    Request& little = from("192.0.2.1");
    Request& large = from("192.0.2.2");
    ASSERT_TRUE(little.place.grow_to(kEarlyByRight + 40));
    ASSERT_TRUE(large.place.grow_to(kEarlyByRight + 60));
    EXPECT_FALSE(large.place.grow_to(kEarlyByRight + 61));
    EXPECT_FALSE(large.has_lost) << "who asks is answered";
    EXPECT_FALSE(little.has_lost);
    EXPECT_EQ(room_.taken(), 40U);
}

TEST_F(EarlyRoomTest, IsLeftToOthersHoweverManyCome) {
    Request& honest = from("192.0.2.1");
    ASSERT_TRUE(honest.place.grow_to(kEarlyByRight + 20));
    for (int i = 0; i < 100; ++i) {
        (void)from("192.0.2.2").place.grow_to(kEarlyByRight + 15);
        EXPECT_LE(room_.taken(), 100U);
    }
    EXPECT_FALSE(honest.has_lost);
    EXPECT_TRUE(honest.place.grow_to(kEarlyByRight + 45)) << "still less than the others have";
    EXPECT_FALSE(honest.has_lost);
}

// What one customer has is one sender (RFC 6177).
TEST_F(EarlyRoomTest, TakesAnIpv6NetworkForOneSender) {
    Request& one = from("2001:db8:0:1::1");
    Request& two = from("2001:db8:0:1:ffff::2");
    Request& other = from("2001:db8:0:2::1");
    ASSERT_TRUE(one.place.grow_to(kEarlyByRight + 30));
    ASSERT_TRUE(two.place.grow_to(kEarlyByRight + 31));
    ASSERT_TRUE(other.place.grow_to(kEarlyByRight + 39));
    EXPECT_TRUE(other.place.grow_to(kEarlyByRight + 42));
    EXPECT_TRUE(two.has_lost);
    EXPECT_FALSE(one.has_lost);
}

}  // namespace
}  // namespace test
