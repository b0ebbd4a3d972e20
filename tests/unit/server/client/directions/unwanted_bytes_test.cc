// What clients bring that nobody wants: counted, never refused, and given back.
#include "core/server/client/directions/unwanted_bytes.h"

#include <gtest/gtest.h>

#include <optional>

namespace test {
namespace {

using server::UnwantedBytes;

constexpr std::size_t kPiece = UnwantedBytes::kByRight;

class UnwantedBytesTest : public testing::Test {
protected:
    base::Budget all_{8 * kPiece};
    std::optional<UnwantedBytes> one_{all_};
    UnwantedBytes other_{all_};
};

TEST_F(UnwantedBytesTest, OfAPieceAreNotCounted) {
    one_->add(kPiece - 1);
    one_->add(1);
    EXPECT_EQ(all_.taken(), 0U);
    one_->add(1);
    EXPECT_EQ(all_.taken(), 1U) << "what is more than a piece, whatever it has come in";
}

TEST_F(UnwantedBytesTest, AreTooManyOfAllTogether) {
    one_->add(4 * kPiece);
    EXPECT_FALSE(other_.are_too_many());
    other_.add(4 * kPiece);
    EXPECT_TRUE(one_->are_too_many());
    EXPECT_TRUE(other_.are_too_many());
    one_->clear();
    EXPECT_FALSE(other_.are_too_many());
    EXPECT_EQ(all_.taken(), 3 * kPiece) << "the other's";
}

TEST_F(UnwantedBytesTest, AreCountedBeyondTheRoomThatThereIs) {
    one_->add(20 * kPiece);
    EXPECT_EQ(all_.taken(), 19 * kPiece);
    one_->clear();
    EXPECT_EQ(all_.taken(), 0U);
    one_->add(kPiece);
    EXPECT_EQ(all_.taken(), 0U) << "the next time it may have a piece again";
}

TEST_F(UnwantedBytesTest, GoWithTheirClient) {
    one_->add(2 * kPiece);
    one_.reset();
    EXPECT_EQ(all_.taken(), 0U);
}

}  // namespace
}  // namespace test
