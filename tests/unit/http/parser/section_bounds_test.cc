#include "http/parser/section_bounds.h"

#include <gtest/gtest.h>

#include <string>

namespace {

class SectionBounds : public testing::Test {
protected:
    int status_of(std::string_view name, std::string_view value, std::size_t count = 1) {
        return bounds_.check({name, value}, count).status;
    }

    http::Limits limits_{.field_size = 10, .fields = 3, .section = 100'000};
    http::SectionBounds bounds_{limits_};
};

TEST_F(SectionBounds, AreFullWhenAHeadThatHasNotEndedFillsItsRoom) {
    bounds_.begin_head();
    EXPECT_EQ(bounds_.room(), 100'000U);
    EXPECT_FALSE(bounds_.add_read(99'999).is_error());
    EXPECT_EQ(bounds_.room(), 1U);
    EXPECT_EQ(bounds_.add_read(1).status, 431);
}

TEST_F(SectionBounds, GiveTrailersNoneOfTheRoomThatAHeadMayNeed) {
    bounds_.begin_head();
    EXPECT_FALSE(bounds_.add_read(70'000).is_error());
    bounds_.begin_trailers();
    EXPECT_EQ(bounds_.room(), 64U * 1024);
    limits_.section = 1000;
    EXPECT_EQ(bounds_.room(), 1000U);
    bounds_.begin_head();
    EXPECT_FALSE(bounds_.is_trailers());
}

TEST_F(SectionBounds, BoundAFieldWithItsName) {
    EXPECT_EQ(status_of("Name", "123456"), 0);
    EXPECT_EQ(status_of("Name", "1234567"), 431);
}

TEST_F(SectionBounds, BoundTheNumberOfFields) {
    EXPECT_EQ(status_of("a", "b", 3), 0);
    EXPECT_EQ(status_of("a", "b", 4), 431);
    limits_.fields = 0;  // any number
    EXPECT_EQ(status_of("a", "b", 1000), 0);
}

// RFC 9110 section 6.5.1.
TEST_F(SectionBounds, LetNoTrailerChangeWhatTheHeadHasDecided) {
    EXPECT_EQ(status_of("Host", "a"), 0);
    bounds_.begin_trailers();
    EXPECT_EQ(status_of("Host", "a"), 400);
    EXPECT_EQ(status_of("X-Sum", "a"), 0);
}

}  // namespace
