// A request that is there as a whole: what the parser makes of it, or what its client is told.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/http/events.h"

namespace test {

// What a client is told that has sent `bytes`; 0: nothing is wrong with them.
inline int status_of(std::string_view bytes, const http::Limits& limits = {}) {
    Conversation conversation(limits);
    conversation.feed(bytes);
    return conversation.status();
}
// The same of a GET with these fields besides Host, each with its end.
inline int status_with(const std::string& fields) {
    return status_of("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

// The request that `bytes` are, as a whole.
inline http::Request request_of(std::string_view bytes) {
    Conversation conversation;
    conversation.feed(bytes);
    EXPECT_EQ(conversation.status(), 0) << escaped(bytes);
    EXPECT_FALSE(conversation.parser().is_inside_message()) << escaped(bytes);
    return conversation.request();
}
inline http::Request request_with(const std::string& fields, const std::string& version = "1.1") {
    return request_of("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n");
}

}  // namespace test
