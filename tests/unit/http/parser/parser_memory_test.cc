// Nothing is allocated for a request once its memory has grown: the blocks stay where they are.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/events.h"

namespace {

TEST(ParserMemory, ReusesTheRequestsBlocks) {
    const std::string bytes =
        "GET /a-target-that-is-too-long-for-a-small-string HTTP/1.1\r\n"
        "Host: a-host-that-is-too-long-for-a-small-string.example.org\r\nX-A: b\r\n\r\n";
    test::Conversation conversation;
    conversation.feed(bytes);
    const http::Request& request = conversation.request();
    const char* target = request.target.data();
    const char* authority = request.authority.data();
    const char* headers = request.headers[0].name.data();
    for (int i = 0; i < 3; ++i) {
        conversation.feed(bytes);
        EXPECT_EQ(request.target.data(), target);
        EXPECT_EQ(request.authority.data(), authority);
        EXPECT_EQ(request.headers[0].name.data(), headers);
    }
}

}  // namespace
