#include "http/parser/field_collector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

class FieldCollector : public testing::Test {
protected:
    // Each piece is an input of its own, gone before the next.
    void add_in_pieces(
        const std::vector<std::string>& names, const std::vector<std::string>& values
    ) {
        for (const std::string& name : names) {
            const std::string input = name;
            collector_.begin_input(headers_);
            collector_.add_name(input);
            collector_.end_input();
        }
        for (const std::string& value : values) {
            const std::string input = value;
            collector_.begin_input(headers_);
            collector_.add_value(input);
            collector_.end_input();
        }
        collector_.begin_input(headers_);
        collector_.end_field();
    }

    http::Headers headers_;
    http::FieldCollector collector_;
};

TEST_F(FieldCollector, CopiesAFieldThatIsWhole) {
    collector_.begin_input(headers_);
    collector_.add_name("Host");
    collector_.add_value("example.com ");
    const http::Header header = collector_.end_field();
    EXPECT_EQ(header.name, "Host");
    EXPECT_EQ(header.value, "example.com");
    EXPECT_EQ(headers_.find("host"), "example.com");
    collector_.end_input();
    EXPECT_EQ(collector_.count(), 1U);
}

TEST_F(FieldCollector, KeepsWhatTheEndOfTheInputCuts) {
    add_in_pieces({"Ho", "st"}, {"example", ".com"});
    add_in_pieces({"Accept"}, {"*/*"});
    EXPECT_EQ(collector_.count(), 2U);
    EXPECT_EQ(headers_.find("Host"), "example.com");
    EXPECT_EQ(headers_.find("Accept"), "*/*");
}

TEST_F(FieldCollector, KeepsNothingBetweenFields) {
    collector_.begin_input(headers_);
    collector_.end_input();
    EXPECT_EQ(collector_.count(), 0U);
}

}  // namespace
