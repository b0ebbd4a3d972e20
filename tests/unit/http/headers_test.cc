// The flat list of header fields, and Request as a reused value.
#include "http/headers.h"
#include "core/base/text/text.h"

#include <gtest/gtest.h>

#include <string>

#include "http/request.h"

namespace {

TEST(Headers, KeepsOrderAndSpelling) {
    http::Headers headers;
    headers.add("X-A", "1");
    headers.add("x-a", "2");
    headers.add("Empty", "");
    ASSERT_EQ(headers.size(), 3U);
    EXPECT_EQ(headers[0].name, "X-A");
    EXPECT_EQ(headers[1].name, "x-a");
    EXPECT_EQ(headers[1].value, "2");
    EXPECT_EQ(headers[2].value, "");
    std::string names;
    for (const http::Header header : headers) {
        names += header.name;
    }
    EXPECT_EQ(names, "X-Ax-aEmpty");
}

TEST(Headers, FindsTheFirstOfANameInAnySpelling) {
    http::Headers headers;
    headers.add("Set-Cookie", "a=b");
    headers.add("set-cookie", "c=d");
    EXPECT_EQ(headers.find("SET-COOKIE"), "a=b");
    EXPECT_EQ(headers.count("Set-cookie"), 2U);
    EXPECT_EQ(headers.find("Set-Cooki"), std::nullopt);
    EXPECT_EQ(headers.count("Cookie"), 0U);
}

TEST(Headers, ComparesOnlyLettersWithoutCase) {
    EXPECT_TRUE(base::equal_case_blind("aZ-09", "Az-09"));
    EXPECT_FALSE(base::equal_case_blind("a[", "a{"));
    EXPECT_FALSE(base::equal_case_blind("@", "`"));
    EXPECT_FALSE(base::equal_case_blind("\xc4", "\xe4"));
    EXPECT_TRUE(base::equal_case_blind("", ""));
}

TEST(Headers, TakesFieldsInPieces) {
    http::Headers headers;
    headers.begin_field();
    headers.extend_name("X-");
    headers.extend_name("A");
    headers.extend_value("b ");
    headers.extend_value("c \t");
    const http::Header header = headers.end_field();
    EXPECT_EQ(header.name, "X-A");
    EXPECT_EQ(header.value, "b c");
    headers.begin_field();
    headers.extend_name("Y");
    headers.extend_value(" ");
    EXPECT_EQ(headers.end_field().value, "");
    EXPECT_EQ(headers[0].value, "b c");
}

TEST(Headers, KeepsItsMemoryWhenCleared) {
    http::Headers headers;
    headers.add("Name", std::string(200, 'x'));
    const char* before = headers[0].name.data();
    headers.clear();
    EXPECT_TRUE(headers.is_empty());
    EXPECT_EQ(headers.byte_count(), 0U);
    headers.add("Name", std::string(200, 'y'));
    EXPECT_EQ(headers[0].name.data(), before);
}

TEST(Request, ClearMakesItAFreshOne) {
    http::Request request;
    request.method = "PUT";
    request.target = "/";
    request.authority = "a";
    request.minor = 0;
    request.keep_alive = false;
    request.chunked = true;
    request.expects_continue = true;
    request.content_length = 1;
    request.headers.add("a", "b");
    request.clear();
    EXPECT_EQ(request.method + request.target + request.authority, "");
    EXPECT_EQ(request.minor, 1);
    EXPECT_TRUE(request.keep_alive);
    EXPECT_FALSE(request.has_body());
    EXPECT_FALSE(request.expects_continue);
    EXPECT_TRUE(request.headers.is_empty());
}

}  // namespace
