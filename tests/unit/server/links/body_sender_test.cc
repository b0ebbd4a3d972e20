// A body on its way to a daemon process, which has a window and may not be there yet.
#include "core/server/links/body_sender.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ipc/messages.h"

namespace test {
namespace {

using ipc::FrameType;

class BodySender : public testing::Test {
protected:
    struct Said {
        FrameType type;
        std::string payload;
    };
    std::vector<Said> said() {
        body_.send(outbox_, 3);
        const std::string bytes = std::exchange(outbox_.bytes(), {});
        std::vector<Said> all;
        for (std::size_t at = 0; at < bytes.size();) {
            ipc::FrameHeader header;
            std::memcpy(&header, bytes.data() + at, sizeof header);
            EXPECT_EQ(header.stream, 3U);
            all.push_back({header.type, bytes.substr(at + sizeof header, header.size)});
            at += sizeof header + header.size;
        }
        return all;
    }
    static std::size_t bytes_of(const std::vector<Said>& all) {
        std::size_t bytes = 0;
        for (const Said& one : all) {
            bytes += one.type == FrameType::kBody ? one.payload.size() : 0;
        }
        return bytes;
    }

    server::BodySender body_;
    ipc::Outbox outbox_;
};

TEST_F(BodySender, SaysNothingWhereThereIsNoBody) {
    body_.begin(false);
    EXPECT_TRUE(said().empty());
    EXPECT_FALSE(body_.awaits_client());
}

TEST_F(BodySender, SaysTheEndOnceAndBehindTheBytes) {
    body_.begin(true);
    EXPECT_TRUE(body_.awaits_client());
    body_.add("he");
    body_.add("llo");
    body_.end();
    const auto all = said();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].payload, "hello");
    EXPECT_EQ(all[1].type, FrameType::kEnd);
    EXPECT_TRUE(said().empty());
}

TEST_F(BodySender, KeepsToTheWindow) {
    body_.begin(true);
    body_.add(std::string(ipc::kWindow + 100'000, 'x'));
    EXPECT_EQ(bytes_of(said()), ipc::kWindow);
    EXPECT_TRUE(body_.is_full());
    EXPECT_TRUE(body_.widen(50'000));
    EXPECT_EQ(bytes_of(said()), 50'000U);
    EXPECT_FALSE(body_.is_full());
    EXPECT_FALSE(body_.awaits_client()) << "it is the process that does not read";
    EXPECT_TRUE(body_.widen(ipc::kWindow));
    EXPECT_EQ(bytes_of(said()), 50'000U);
    EXPECT_TRUE(body_.awaits_client());
    EXPECT_FALSE(body_.widen(50'001)) << "it has taken less";
    EXPECT_TRUE(body_.widen(50'000));
}

// What came of a body that breaks off is as good as what comes of one that does not.
TEST_F(BodySender, SaysThatABodyBrokeOffBehindAllThatCameOfIt) {
    body_.begin(true);
    body_.add(std::string(ipc::kWindow + 5, 'x'));
    body_.fail("the client was too slow");
    for (const auto& one : said()) {
        EXPECT_EQ(one.type, FrameType::kBody);
    }
    EXPECT_TRUE(body_.widen(1000));
    const auto rest = said();
    ASSERT_EQ(rest.size(), 2U);
    EXPECT_EQ(rest[0].payload, "xxxxx");
    EXPECT_EQ(rest[1].type, FrameType::kAbort);
    EXPECT_EQ(ipc::decode_abort(rest[1].payload)->reason, "the client was too slow");
    EXPECT_TRUE(said().empty());
}

TEST_F(BodySender, BeginsAnew) {
    body_.begin(true);
    body_.add("of another");
    body_.fail("gone");
    body_.drop();
    body_.begin(true);
    body_.add("mine");
    body_.end();
    const auto all = said();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].payload, "mine");
    EXPECT_EQ(all[1].type, FrameType::kEnd);
}

}  // namespace
}  // namespace test
