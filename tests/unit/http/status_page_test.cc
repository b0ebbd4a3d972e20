// The server's own pages.
#include "http/status_page.h"

#include <gtest/gtest.h>

#include <string>

#include "http/response_writer.h"

namespace {

TEST(HttpPage, IsSmallAndWhole) {
    http::Response response;
    response.headers.add("X-Old", "a");
    const std::string body = http::make_page(404, "", response);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.reason, "Not Found");
    EXPECT_EQ(response.content_length, body.size());
    EXPECT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers.find("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(body.find("<title>404 Not Found</title>"), std::string::npos);
    EXPECT_TRUE(http::check(response));
    EXPECT_NE(http::make_page(599, "", response).find("<h1>599</h1>"), std::string::npos);
}

// RFC 9110 section 15.4: a redirection has a link for whoever does not follow it by himself.
TEST(HttpPage, LinksToWhereItRedirects) {
    http::Response response;
    const std::string body = http::make_page(302, "/a?b=1&c=\"><script>", response);
    EXPECT_NE(body.find("<a href=\"/a?b=1&amp;c=&quot;&gt;&lt;script&gt;\">"), std::string::npos)
        << body;
    EXPECT_EQ(body.find("<script>"), std::string::npos);
}

TEST(HttpPage, EscapesWhatMeansSomethingInHtml) {
    EXPECT_EQ(http::html_escaped("a<b>&\"'\xc3\xa9"), "a&lt;b&gt;&amp;&quot;&#39;\xc3\xa9");
    EXPECT_EQ(http::html_escaped(""), "");
}

}  // namespace
