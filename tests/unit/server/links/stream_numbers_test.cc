// Which number a stream gets, and what becomes of one that nobody wants to hear of any more.
#include "core/server/links/stream_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/server/links/links_under_test.h"

namespace test {
namespace {

using ipc::FrameType;

class StreamNumbersTest : public testing::Test {
protected:
    ipc::Frame frame(
        FrameType type, std::uint32_t stream, std::size_t size = 0, bool last = false
    ) {
        payload_.assign(size, 'x');
        ipc::Frame frame{};
        frame.header.type = type;
        frame.header.stream = stream;
        frame.header.flags = last ? ipc::kLast : std::uint8_t{0};
        frame.payload = payload_;
        return frame;
    }

    // An answer of which so much of the body has come, as many bytes as its window has.
    server::AnswerOrder answer_with(std::size_t size) {
        server::AnswerOrder said;
        EXPECT_TRUE(said.heed(frame(FrameType::kHead, 0)));
        for (; size > 0; size -= std::min(size, ipc::kBodyMax)) {
            EXPECT_TRUE(said.heed(frame(FrameType::kBody, 0, std::min(size, ipc::kBodyMax))));
        }
        return said;
    }

    LinksUnderTest links_;
    LinksUnderTest::Asked one_{links_};
    LinksUnderTest::Asked other_{links_};
    server::StreamNumbers numbers_;
    std::string payload_;
};

TEST_F(StreamNumbersTest, AreTheLowestAndThoseThatWereFreedLast) {
    EXPECT_EQ(numbers_.next(), 0U);
    numbers_.take(one_.stream);
    EXPECT_EQ(numbers_.next(), 1U);
    numbers_.take(other_.stream);
    EXPECT_EQ(numbers_.find(0), &one_.stream);
    EXPECT_EQ(numbers_.find(1), &other_.stream);
    numbers_.close(1);
    numbers_.close(0);
    EXPECT_FALSE(numbers_.is_open(0));
    EXPECT_EQ(numbers_.open_count(), 0U);
    EXPECT_EQ(numbers_.next(), 0U);
    numbers_.take(other_.stream);
    EXPECT_EQ(numbers_.next(), 1U);
    EXPECT_EQ(numbers_.end(), 2U);
    EXPECT_FALSE(numbers_.is_open(7));
}

TEST_F(StreamNumbersTest, OfAnAbandonedStreamIsFreeAfterTheLastWord) {
    for (const FrameType last : {FrameType::kEnd, FrameType::kAbort, FrameType::kBody}) {
        numbers_.take(one_.stream);
        numbers_.abandon(0, {});
        EXPECT_TRUE(numbers_.is_open(0));
        EXPECT_EQ(numbers_.find(0), nullptr);
        EXPECT_TRUE(numbers_.drop(frame(FrameType::kHead, 0)));
        EXPECT_TRUE(numbers_.drop(frame(FrameType::kWindow, 0)));
        EXPECT_EQ(numbers_.next(), 1U) << "there is more to come";
        EXPECT_TRUE(numbers_.drop(frame(last, 0, 5, true)));
        EXPECT_EQ(numbers_.open_count(), 0U);
    }
}

TEST_F(StreamNumbersTest, OfAnAbandonedStreamIsFreeAfterAWholeAnswer) {
    numbers_.take(one_.stream);
    numbers_.abandon(0, {});
    ipc::Frame whole = frame(FrameType::kHead, 0, 0, true);
    whole.header.flags |= ipc::kWithBody;
    const std::string size_and_body("\4\0\0\0body", 8);
    whole.payload = size_and_body;
    EXPECT_TRUE(numbers_.drop(whole));
    EXPECT_EQ(numbers_.open_count(), 0U);
}

TEST_F(StreamNumbersTest, AnAbandonedStreamIsHeldToItsWindowWithItsHead) {
    numbers_.take(one_.stream);
    numbers_.abandon(0, {});
    ipc::Frame head = frame(FrameType::kHead, 0);
    head.header.flags = ipc::kWithBody;
    const std::string size_and_body("\4\0\0\0body", 8);
    head.payload = size_and_body;
    EXPECT_TRUE(numbers_.drop(head));
    for (std::size_t sent = ipc::kBodyMax; sent < ipc::kWindow; sent += ipc::kBodyMax) {
        EXPECT_TRUE(numbers_.drop(frame(FrameType::kBody, 0, ipc::kBodyMax)));
    }
    EXPECT_TRUE(numbers_.drop(frame(FrameType::kBody, 0, ipc::kBodyMax - 4)));
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kBody, 0, 1)));
}

TEST_F(StreamNumbersTest, AnAbandonedStreamHasNoMoreThanTheRestOfItsWindow) {
    numbers_.take(one_.stream);
    numbers_.abandon(0, answer_with(ipc::kWindow - 5));
    EXPECT_TRUE(numbers_.drop(frame(FrameType::kBody, 0, 5)));
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kBody, 0, 1)));
}

TEST_F(StreamNumbersTest, WhatIsNotADaemonProcesssToSendIsABreachOnAnAbandonedStream) {
    numbers_.take(one_.stream);
    numbers_.abandon(0, {});
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kLink, 0)));
}

TEST_F(StreamNumbersTest, AnAbandonedStreamHasOneHead) {
    for (const bool is_said : {false, true}) {
        numbers_.take(one_.stream);
        numbers_.abandon(0, is_said ? answer_with(0) : server::AnswerOrder{});
        EXPECT_EQ(numbers_.drop(frame(FrameType::kHead, 0)).has_value(), !is_said);
        EXPECT_FALSE(numbers_.drop(frame(FrameType::kHead, 0)));
        numbers_.close(0);
    }
}

TEST_F(StreamNumbersTest, AnAbandonedStreamHasOneFileWhereItsHeadHasSaidSo) {
    numbers_.take(one_.stream);
    numbers_.abandon(0, {});
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kDescriptor, 0)));
    ipc::Frame head = frame(FrameType::kHead, 0);
    head.header.flags = ipc::kWithFile;
    EXPECT_TRUE(numbers_.drop(head));
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kBody, 0)));
    EXPECT_TRUE(numbers_.drop(frame(FrameType::kDescriptor, 0)));
    EXPECT_FALSE(numbers_.drop(frame(FrameType::kDescriptor, 0)));
}

}  // namespace
}  // namespace test
