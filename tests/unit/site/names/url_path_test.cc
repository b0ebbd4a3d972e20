#include "core/site/names/url_path.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using site::PathVerdict;

std::string normal(std::string_view raw) {
    std::string out = "left over";
    EXPECT_EQ(site::normalise(raw, out), PathVerdict::kFine) << raw;
    return out;
}

PathVerdict verdict_on(std::string_view raw) {
    std::string out;
    return site::normalise(raw, out);
}

TEST(UrlPath, IsDecodedOnce) {
    EXPECT_EQ(normal("/e%6db/%C3%A9%20x"), "/emb/\xc3\xa9 x");
    EXPECT_EQ(normal("/%252e%252e/x"), "/%2e%2e/x");
    EXPECT_EQ(normal("/%5C..%5c%3f%25"), "/\\..\\?%");
    EXPECT_EQ(normal("/a;p=1/b+c"), "/a;p=1/b+c");
}

// RFC 3986 section 5.2.4.
TEST(UrlPath, HasNoDotSegments) {
    EXPECT_EQ(normal("/a/b/c/./../../g"), "/a/g");
    EXPECT_EQ(normal("/mid/content=5/../6"), "/mid/6");
    EXPECT_EQ(normal("/a/."), "/a/");
    EXPECT_EQ(normal("/a/.."), "/");
    EXPECT_EQ(normal("/a/b/.."), "/a/");
    EXPECT_EQ(normal("/."), "/");
    EXPECT_EQ(normal("/./"), "/");
    EXPECT_EQ(normal("/a/%2e/%2E%2e/b"), "/b");
    EXPECT_EQ(normal("/.../..a/.b/a."), "/.../..a/.b/a.");
}

TEST(UrlPath, HasNoRepeatedSlashes) {
    EXPECT_EQ(normal("//emb//a///b//"), "/emb/a/b/");
    EXPECT_EQ(normal("/a//../b"), "/b");
    EXPECT_EQ(normal("/a/.//b"), "/a/b");
    EXPECT_EQ(normal("//"), "/");
}

TEST(UrlPath, IsTheRootWhenEmpty) {
    EXPECT_EQ(normal(""), "/");
    EXPECT_EQ(normal("/"), "/");
}

TEST(UrlPath, IsRefusedAboveTheRoot) {
    for (const char* raw :
         {"/..",
          "/../",
          "/../a",
          "/a/../..",
          "/a/../../a",
          "/%2e%2e",
          "/.%2e/a",
          "//../a",
          "/./../a"}) {
        EXPECT_EQ(verdict_on(raw), PathVerdict::kMalformed) << raw;
    }
}

TEST(UrlPath, IsRefusedWithBrokenEscapes) {
    for (const char* raw : {"/%", "/%4", "/%zz", "/a%4g", "/a%g4/b", "/%%41", "/%-1", "/% 1"}) {
        EXPECT_EQ(verdict_on(raw), PathVerdict::kMalformed) << raw;
    }
}

TEST(UrlPath, IsRefusedWithoutALeadingSlash) {
    EXPECT_EQ(verdict_on("*"), PathVerdict::kMalformed);
    EXPECT_EQ(verdict_on("a/b"), PathVerdict::kMalformed);
    EXPECT_EQ(verdict_on("%2Fa"), PathVerdict::kMalformed);
}

TEST(UrlPath, IsForbiddenWithEncodedSlashesAndZeroBytes) {
    for (const char* raw : {"/a%2Fb", "/a%2fb", "/..%2fb", "/%00", "/a%00.html"}) {
        EXPECT_EQ(verdict_on(raw), PathVerdict::kForbidden) << raw;
    }
    EXPECT_EQ(verdict_on(std::string_view("/a\0b", 4)), PathVerdict::kForbidden);
}

TEST(UrlPath, KeepsOverlongEncodingsAsTheyAre) {
    EXPECT_EQ(normal("/%c0%ae%c0%ae/a"), "/\xc0\xae\xc0\xae/a");
}

TEST(UrlPath, MayBeLong) {  // T-50, T-51
    const std::string segment = "/" + std::string(100'000, 'x');
    EXPECT_EQ(normal(segment + segment + "/.."), segment + "/");
}

TEST(UrlPath, IsEncodedForAnAnswer) {
    EXPECT_EQ(
        site::encoded("/a b/\xc3\xa9?#%\r\n\"/~x;=@"), "/a%20b/%C3%A9%3F%23%25%0D%0A%22/~x;=@"
    );
}

}  // namespace
