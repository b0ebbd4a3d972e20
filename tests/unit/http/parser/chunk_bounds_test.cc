#include "http/parser/chunk_bounds.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace {

class ChunkBounds : public testing::Test {
protected:
    ChunkBounds() { bounds_.begin_body(100); }

    http::ChunkBounds bounds_;
};

TEST_F(ChunkBounds, CountTheDataOfAllChunks) {
    EXPECT_FALSE(bounds_.begin_chunk(60).is_error());
    EXPECT_FALSE(bounds_.begin_chunk(40).is_error());
    EXPECT_EQ(bounds_.begin_chunk(1).status, 413);
    bounds_.begin_body(100);
    EXPECT_FALSE(bounds_.begin_chunk(100).is_error());
    bounds_.begin_body(0);
    EXPECT_FALSE(bounds_.begin_chunk(UINT64_MAX).is_error());
}

// 64 bits are 16 hexadecimal digits.
TEST_F(ChunkBounds, TakeSixteenDigitsAndTheirLineEnds) {
    EXPECT_FALSE(bounds_.add_read(16 + 2).is_error());
    EXPECT_TRUE(bounds_.add_read(1).is_error());
    bounds_.begin_body(0);
    ASSERT_FALSE(bounds_.begin_chunk(5).is_error());
    bounds_.add_data(5);
    EXPECT_FALSE(bounds_.add_read(5 + 2 + 16 + 2).is_error());
}

// RFC 9112 section 7.1.1.
TEST_F(ChunkBounds, TakeTokensAndQuotedStringsForExtensions) {
    EXPECT_FALSE(bounds_.add_extension("na").is_error());
    EXPECT_FALSE(bounds_.add_extension("me").is_error());
    EXPECT_FALSE(bounds_.end_extension().is_error());
    EXPECT_FALSE(bounds_.add_extension("\"a va").is_error());
    EXPECT_FALSE(bounds_.add_extension("lue\"").is_error());
    EXPECT_FALSE(bounds_.end_extension().is_error());
    EXPECT_TRUE(bounds_.end_extension().is_error());
    EXPECT_TRUE(bounds_.add_extension("a value").is_error());
}

TEST_F(ChunkBounds, CountExtensionsOfTheWholeBody) {
    const std::string some(1023, 'a');
    for (int i = 0; i < 16; ++i) {
        EXPECT_FALSE(bounds_.add_extension(some).is_error()) << i;
        EXPECT_FALSE(bounds_.end_extension().is_error()) << i;
        EXPECT_FALSE(bounds_.add_read(1024).is_error()) << i;
        EXPECT_FALSE(bounds_.begin_chunk(1).is_error()) << i;
    }
    EXPECT_TRUE(bounds_.add_extension("a").is_error());
}

}  // namespace
