// Buffer: what arrives at its end leaves from its front, in order, whatever the sizes.
#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace {

using base::Buffer;

TEST(Buffer, IsEmptyAtFirst) {
    const Buffer buffer;
    EXPECT_TRUE(buffer.is_empty());
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_EQ(buffer.bytes(), "");
}

TEST(Buffer, GivesBackWhatWasAppended) {
    Buffer buffer;
    buffer.append("hello");
    buffer.append(' ');
    buffer.append("world");
    EXPECT_EQ(buffer.bytes(), "hello world");
    EXPECT_EQ(buffer.size(), 11U);
    EXPECT_FALSE(buffer.is_empty());
}

TEST(Buffer, ConsumesFromTheFront) {
    Buffer buffer;
    buffer.append("hello world");
    buffer.consume(6);
    EXPECT_EQ(buffer.bytes(), "world");
    buffer.append("!");
    EXPECT_EQ(buffer.bytes(), "world!");
    buffer.consume(6);
    EXPECT_TRUE(buffer.is_empty());
}

TEST(Buffer, CarriesEveryByteValue) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all.push_back(static_cast<char>(byte));
    }
    Buffer buffer;
    buffer.append(all);
    EXPECT_EQ(buffer.bytes(), all);
}

TEST(Buffer, AppendsInPlaceThroughItsTail) {
    Buffer buffer;
    buffer.append("ab");
    buffer.consume(1);
    buffer.tail().append("cd");
    EXPECT_EQ(buffer.bytes(), "bcd");
}

TEST(Buffer, KeepsItsBlockWhenEmptied) {
    Buffer buffer;
    buffer.append(std::string(10'000, 'x'));
    const std::size_t capacity = buffer.tail().capacity();
    buffer.consume(buffer.size());
    EXPECT_EQ(buffer.tail().capacity(), capacity);
}

TEST(Buffer, GivesALargeBlockBackOnlyWhenEmpty) {
    Buffer buffer;
    buffer.append(std::string(10'000, 'x'));
    buffer.shrink(4096);
    EXPECT_EQ(buffer.size(), 10'000U);
    buffer.clear();
    buffer.shrink(4096);
    EXPECT_LE(buffer.tail().capacity(), 4096U);
    EXPECT_TRUE(buffer.is_empty());
}

TEST(Buffer, KeepsASmallBlock) {
    Buffer buffer;
    buffer.append(std::string(1'000, 'x'));
    buffer.clear();
    const std::size_t capacity = buffer.tail().capacity();
    buffer.shrink(4096);
    EXPECT_EQ(buffer.tail().capacity(), capacity);
}

// A client that always sends a little more than is consumed must not make the block grow for ever.
TEST(Buffer, DoesNotGrowWhileBytesFlowThrough) {
    Buffer buffer;
    buffer.append("rest");
    for (int i = 0; i < 100'000; ++i) {
        buffer.append(std::string(100, 'x'));
        buffer.consume(100);
    }
    EXPECT_EQ(buffer.size(), 4U);
    EXPECT_LT(buffer.tail().capacity(), 64U * 1024);
}

TEST(Buffer, BehavesAsAQueueForAnySizes) {
    std::mt19937 random(7);
    std::uniform_int_distribution<std::size_t> sizes(0, 9'000);
    Buffer buffer;
    std::string model;
    for (int i = 0; i < 2'000; ++i) {
        const std::string piece(sizes(random), static_cast<char>('a' + i % 26));
        buffer.append(piece);
        model += piece;
        const std::size_t count = std::min(sizes(random), model.size());
        buffer.consume(count);
        model.erase(0, count);
        ASSERT_EQ(buffer.bytes(), model);
    }
}

}  // namespace
