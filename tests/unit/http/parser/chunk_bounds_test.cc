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
    EXPECT_TRUE(bounds_.begin_chunk(60));
    EXPECT_TRUE(bounds_.begin_chunk(40));
    EXPECT_FALSE(bounds_.begin_chunk(1));
    bounds_.begin_body(100);
    EXPECT_TRUE(bounds_.begin_chunk(100));
    bounds_.begin_body(0);
    EXPECT_TRUE(bounds_.begin_chunk(UINT64_MAX));
}

// 64 bits are 16 hexadecimal digits.
TEST_F(ChunkBounds, TakeSixteenDigitsAndTheirLineEnds) {
    EXPECT_EQ(bounds_.add_read(16 + 2), nullptr);
    EXPECT_NE(bounds_.add_read(1), nullptr);
    bounds_.begin_body(0);
    ASSERT_TRUE(bounds_.begin_chunk(5));
    bounds_.add_data(5);
    EXPECT_EQ(bounds_.add_read(5 + 2 + 16 + 2), nullptr);
}

// RFC 9112 section 7.1.1.
TEST_F(ChunkBounds, TakeTokensAndQuotedStringsForExtensions) {
    EXPECT_EQ(bounds_.add_extension("na"), nullptr);
    EXPECT_EQ(bounds_.add_extension("me"), nullptr);
    EXPECT_EQ(bounds_.end_extension(), nullptr);
    EXPECT_EQ(bounds_.add_extension("\"a va"), nullptr);
    EXPECT_EQ(bounds_.add_extension("lue\""), nullptr);
    EXPECT_EQ(bounds_.end_extension(), nullptr);
    EXPECT_NE(bounds_.end_extension(), nullptr);
    EXPECT_NE(bounds_.add_extension("a value"), nullptr);
}

TEST_F(ChunkBounds, CountExtensionsOfTheWholeBody) {
    const std::string some(1023, 'a');
    for (int i = 0; i < 16; ++i) {
        EXPECT_EQ(bounds_.add_extension(some), nullptr) << i;
        EXPECT_EQ(bounds_.end_extension(), nullptr) << i;
        EXPECT_EQ(bounds_.add_read(1024), nullptr) << i;
        EXPECT_TRUE(bounds_.begin_chunk(1)) << i;
    }
    EXPECT_NE(bounds_.add_extension("a"), nullptr);
}

}  // namespace
