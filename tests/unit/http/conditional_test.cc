// Conditional requests by RFC 9110 section 13, and the dates of section 5.6.7.
#include "http/conditional.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/date.h"

namespace {

using http::Precondition;

constexpr std::int64_t kModified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t kNow = 1700000000;
constexpr const char* kTag = "\"r2d2,x\"";
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kLater = "Sun, 06 Nov 1994 08:49:38 GMT";

using Fields = std::vector<std::pair<std::string, std::string>>;

Precondition asked(const Fields& fields, const std::string& method = "GET") {
    http::Request request;
    request.method = method;
    for (const auto& [name, value] : fields) {
        request.headers.add(name, value);
    }
    return http::evaluate(request, {kTag, kModified, kNow});
}

TEST(HttpConditional, WithoutConditionsTheFileIsSent) {
    EXPECT_EQ(asked({}), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Range", kTag}, {"If-Other", "*"}}), Precondition::kHolds);
}

TEST(HttpConditional, IfNoneMatchComparesWeakly) {
    for (const char* list :
         {"\"r2d2,x\"", "W/\"r2d2,x\"", "*", "\"a\", \"r2d2,x\"", " , W/\"b\",W/\"r2d2,x\""}) {
        EXPECT_EQ(asked({{"if-none-match", list}}), Precondition::kNotModified) << list;
        EXPECT_EQ(asked({{"If-None-Match", list}}, "HEAD"), Precondition::kNotModified) << list;
        EXPECT_EQ(asked({{"If-None-Match", list}}, "OPTIONS"), Precondition::kFailed) << list;
    }
    for (const char* list :
         {"",
          "\"a\"",
          "\"r2d2\"",
          "r2d2,x",
          "\"r2d2,x",
          "\"R2D2,X\"",
          "\"a\" x \"r2d2,x\"",
          "W/*",
          "w/\"r2d2,x\""}) {
        EXPECT_EQ(asked({{"If-None-Match", list}}), Precondition::kHolds) << list;
    }
    EXPECT_EQ(
        asked({{"If-None-Match", "\"a\""}, {"If-None-Match", kTag}}), Precondition::kNotModified
    );
}

TEST(HttpConditional, IfMatchComparesStrongly) {
    EXPECT_EQ(asked({{"If-Match", kTag}}), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Match", "*"}}), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Match", "\"a\", \"r2d2,x\""}}), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Match", "W/\"r2d2,x\""}}), Precondition::kFailed);
    EXPECT_EQ(asked({{"If-Match", "\"a\""}}), Precondition::kFailed);
    EXPECT_EQ(asked({{"If-Match", ""}}), Precondition::kFailed);
    EXPECT_EQ(asked({{"If-Match", "\"a\""}}, "PUT"), Precondition::kFailed);
}

TEST(HttpConditional, IfModifiedSinceIsForReading) {
    EXPECT_EQ(asked({{"If-Modified-Since", kSame}}), Precondition::kNotModified);
    EXPECT_EQ(asked({{"If-Modified-Since", kLater}}), Precondition::kNotModified);
    EXPECT_EQ(asked({{"If-Modified-Since", kLater}}, "HEAD"), Precondition::kNotModified);
    EXPECT_EQ(asked({{"If-Modified-Since", kEarlier}}), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Modified-Since", kSame}}, "POST"), Precondition::kHolds);
    EXPECT_EQ(asked({{"If-Modified-Since", "yesterday"}}), Precondition::kHolds);
    EXPECT_EQ(
        asked({{"If-Modified-Since", kSame}, {"If-Modified-Since", kSame}}), Precondition::kHolds
    );
}

TEST(HttpConditional, IfUnmodifiedSinceIsForAll) {
    for (const char* method : {"GET", "PUT"}) {
        EXPECT_EQ(asked({{"If-Unmodified-Since", kSame}}, method), Precondition::kHolds);
        EXPECT_EQ(asked({{"If-Unmodified-Since", kEarlier}}, method), Precondition::kFailed);
        EXPECT_EQ(asked({{"If-Unmodified-Since", "never"}}, method), Precondition::kHolds);
    }
}

// Section 13.2.2: tags come before dates, and If-Match before If-None-Match.
TEST(HttpConditional, HaveAnOrder) {
    EXPECT_EQ(asked({{"If-Unmodified-Since", kEarlier}, {"If-Match", kTag}}), Precondition::kHolds);
    EXPECT_EQ(
        asked({{"If-Modified-Since", kSame}, {"If-None-Match", "\"a\""}}), Precondition::kHolds
    );
    EXPECT_EQ(asked({{"If-None-Match", kTag}, {"If-Match", "\"a\""}}), Precondition::kFailed);
    EXPECT_EQ(asked({{"If-None-Match", kTag}, {"If-Match", kTag}}), Precondition::kNotModified);
    EXPECT_EQ(
        asked({{"If-Unmodified-Since", kSame}, {"If-Modified-Since", kSame}}),
        Precondition::kNotModified
    );
}

TEST(HttpDate, HasThreeForms) {
    for (const char* date :
         {"Sun, 06 Nov 1994 08:49:37 GMT",
          "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994"}) {
        EXPECT_EQ(http::parse_http_date(date, kNow), kModified) << date;
    }
    EXPECT_EQ(http::parse_http_date("Tue Nov 16 08:49:37 1999", kNow), 942742177);
    EXPECT_EQ(http::parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", kNow), 0);
    EXPECT_EQ(http::parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT", kNow), 951782400);
}

// A year that seems more than 50 years ahead is one of the past.
TEST(HttpDate, CompletesYearsWithTwoDigits) {
    const auto year_of = [](const char* date) {
        return http::http_date(http::parse_http_date(date, kNow).value_or(0)).substr(12, 4);
    };
    EXPECT_EQ(year_of("Sunday, 06-Nov-94 08:49:37 GMT"), "1994");
    EXPECT_EQ(year_of("Sunday, 06-Nov-22 08:49:37 GMT"), "2022");
    EXPECT_EQ(year_of("Sunday, 06-Nov-73 08:49:37 GMT"), "2073");
    EXPECT_EQ(year_of("Sunday, 06-Nov-74 08:49:37 GMT"), "1974");
}

TEST(HttpDate, RefusesWhatIsNone) {
    for (const char* date :
         {"",
          "S",
          "Sun",
          "Sun,",
          "Sunday",
          "0",
          "784111777",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nov 1994 08:49:37 GMT ",
          " Sun, 06 Nov 1994 08:49:37 GMT",
          "sun, 06 nov 1994 08:49:37 gmt",
          "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT",
          "Sun, 06 unF 1994 08:49:37 GMT",
          "Sunday, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06-Nov-94 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "Sun Nov  6 08:49:37 1994 GMT"}) {
        EXPECT_FALSE(http::parse_http_date(date, kNow)) << date;
    }
}

}  // namespace
