// Answers as HTTP/1, piece by piece: what is copied, what is not, and what Content-Length has to
// say.
#include "core/server/client/http1/answer_writer.h"

#include <gtest/gtest.h>

#include "tests/unit/server/answer/written.h"

namespace test {
namespace {

using server::Answer;

class AnswerWriterTest : public testing::Test {
protected:
    AnswerWriterTest() {
        head_.reason = "OK";
        answer_.begin(head_);
    }
    std::string next(const http::HeadContext& context = {}) {
        text_.clear();
        if (!writer_.has_begun()) {
            writer_.begin(head_, context, text_);
        }
        writer_.add(answer_, text_, parts_);
        answer_.body.swap(sent_);
        answer_.body.clear();
        std::string all = bytes_of(parts_);
        const auto end = all.find("\r\n\r\n");
        return all.starts_with("HTTP/") ? all.substr(end + 4) : all;
    }

    http::Response head_;
    Answer answer_;
    std::string text_;
    std::string sent_;
    loop::Parts parts_;
    server::AnswerWriter writer_;
};

TEST_F(AnswerWriterTest, MakesOneChunkOfWhatThereIs) {
    answer_.add_body("hello");
    answer_.add_body(" world");
    EXPECT_EQ(next(), "b\r\nhello world\r\n");
    EXPECT_EQ(next(), "") << "an empty chunk would be the last one";
    answer_.add_body(std::string(5000, 'x'));
    EXPECT_EQ(next(), "1388\r\n" + std::string(5000, 'x') + "\r\n");
    answer_.end();
    EXPECT_EQ(next(), "0\r\n\r\n");
    EXPECT_FALSE(writer_.is_broken());
    EXPECT_EQ(writer_.complaint(), nullptr);
    EXPECT_EQ(writer_.body_bytes(), 5011U);
}

TEST_F(AnswerWriterTest, DoesNotCopyALongBody) {
    answer_.add_body(std::string(100'000, 'x'));
    answer_.end();
    const char* const bytes = answer_.body.data();
    writer_.begin(head_, {}, text_);
    writer_.add(answer_, text_, parts_);
    EXPECT_EQ(parts_.message().msg_iovlen, 3U);
    EXPECT_EQ(parts_.message().msg_iov[1].iov_base, bytes);
    EXPECT_TRUE(bytes_of(parts_).ends_with("x\r\n0\r\n\r\n"));
}

TEST_F(AnswerWriterTest, CutsWhatIsLongerThanAnnounced) {
    head_.content_length = 7;
    answer_.add_body("hello");
    EXPECT_EQ(next(), "hello");
    answer_.add_body("world");
    answer_.end();
    EXPECT_EQ(next(), "wo");
    EXPECT_FALSE(writer_.is_broken());
    EXPECT_NE(writer_.complaint(), nullptr);
    EXPECT_EQ(writer_.body_bytes(), 7U);
}

TEST_F(AnswerWriterTest, BreaksWhatIsShorterThanAnnounced) {
    head_.content_length = 7;
    answer_.add_body("hello");
    answer_.end();
    EXPECT_EQ(next(), "hello");
    EXPECT_TRUE(writer_.is_broken());
    EXPECT_NE(writer_.complaint(), nullptr);
}

// The last chunk would say that the body is whole.
TEST_F(AnswerWriterTest, BreaksWhatCannotBeCompleted) {
    answer_.add_body("hello");
    answer_.fail(500);
    EXPECT_EQ(next(), "5\r\nhello\r\n");
    EXPECT_TRUE(writer_.is_broken());
}

TEST_F(AnswerWriterTest, LeavesOutTheBodyOfHead) {
    answer_.add_body("hello");
    answer_.end();
    EXPECT_EQ(next({.is_head = true}), "");
    EXPECT_FALSE(writer_.is_broken());
    EXPECT_EQ(writer_.body_bytes(), 0U);
}

TEST(Parts, KnowWhatAShortSendHasLeft) {
    loop::Parts parts;
    for (const std::size_t step : {1U, 2U, 3U, 5U, 9U}) {
        parts.clear();
        parts.add("abc");
        parts.add("");
        parts.add("defg");
        parts.add("hi");
        std::string all;
        while (!parts.is_empty()) {
            std::string rest;
            const msghdr& message = parts.message();
            for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
                const iovec& part = message.msg_iov[i];
                rest.append(static_cast<const char*>(part.iov_base), part.iov_len);
            }
            all += rest.substr(0, step);
            parts.remove_prefix(std::min(step, rest.size()));
        }
        EXPECT_EQ(all, "abcdefghi") << step;
    }
}

}  // namespace
}  // namespace test
