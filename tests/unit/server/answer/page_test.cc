// Pages as they go to the client.
#include "core/server/answer/page.h"

#include <gtest/gtest.h>

#include <string>

#include "http/head_limit.h"
#include "tests/unit/server/answer/written.h"

namespace {

using server::Answer;
using server::Page;

std::string written(const Page& page, const http::HeadContext& context = {}) {
    http::Response head;
    Answer answer;
    EXPECT_TRUE(server::give_page(page, head, answer));
    EXPECT_EQ(head.status, page.status);
    EXPECT_EQ(answer.ending, Answer::Ending::kComplete);
    return test::written(answer, context).bytes;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ServerPage, SaysWhatItsStatusNeeds) {
    // RFC 9110 section 15.5.6
    EXPECT_TRUE(has(written({.status = 405}), "Allow: GET, HEAD, POST"));
    EXPECT_TRUE(has(written({.status = 405, .allow = "GET, HEAD"}), "Allow: GET, HEAD\r\n"));
    EXPECT_TRUE(has(written({.status = 503}), "Retry-After: 1\r\n"));
    EXPECT_FALSE(has(written({.status = 404}), "Allow"));
}

TEST(ServerPage, RedirectsWithALink) {
    const std::string page = written({.status = 301, .location = "https://b.example/x?a&b"});
    EXPECT_TRUE(has(page, "HTTP/1.1 301 Moved Permanently\r\n"));
    EXPECT_TRUE(has(page, "Location: https://b.example/x?a&b\r\n"));
    EXPECT_TRUE(has(page, "href=\"https://b.example/x?a&amp;b\""));
}

TEST(ServerPage, ShowsTheTextOfAnErrorDocument) {
    const std::string page = written({.status = 403, .body = "<b>No.</b>"});
    EXPECT_TRUE(has(page, "HTTP/1.1 403 Forbidden\r\n"));
    EXPECT_TRUE(has(page, "Content-Length: 10\r\n"));
    EXPECT_TRUE(page.ends_with("\r\n\r\n<b>No.</b>"));
}

// Whoever does not read it has all of it.
TEST(ServerPage, IsNoLongerThanWhatAnApplicationMaySay) {
    const std::string url = "https://b.example/" + std::string(60'000, 'x');
    const std::string page = written({.status = 302, .location = url});
    EXPECT_TRUE(has(page, "Location: " + url + "\r\n"));
    EXPECT_FALSE(has(page, "href"));
    http::Response head;
    Answer answer;
    const std::string longer = "/" + std::string(http::kResponseHeadMax, 'x');
    EXPECT_FALSE(server::give_page({.status = 302, .location = longer}, head, answer).has_value());
    EXPECT_FALSE(answer.has_pieces() || answer.has_ended());
}

TEST(ServerPage, HasNoBodyForHead) {
    EXPECT_TRUE(written({.status = 404}, {.is_head = true}).ends_with("\r\n\r\n"));
}

// T-20: nothing of a request may begin a field of its own.
TEST(ServerPage, RefusesALocationThatWouldBeTwoFields) {
    for (const std::string bad : {"/a\r\nX: y", "/a\n"}) {
        http::Response head;
        Answer answer;
        EXPECT_FALSE(server::give_page({.status = 302, .location = bad}, head, answer).has_value());
        EXPECT_FALSE(answer.has_pieces() || answer.has_ended());
    }
}

}  // namespace
