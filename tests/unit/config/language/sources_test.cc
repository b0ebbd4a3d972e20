#include "core/config/language/sources.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using config::Line;
using config::Macro;

class Sources : public testing::Test {
protected:
    // "name:line: directive" of all lines that are left.
    std::vector<std::string> read() {
        std::vector<std::string> lines;
        Line line;
        while (!sources_.is_empty()) {
            if (sources_.next(line)) {
                lines.push_back(sources_.place_of(line).text() + ": " + line.name);
            } else {
                sources_.leave();
            }
        }
        return lines;
    }

    config::Sources sources_{{}};
    Line line_;
};

TEST_F(Sources, ReadsTheInnermostFirst) {
    sources_.add_file("A\nB\n", "outer.conf", 1, "", 0);
    ASSERT_TRUE(sources_.next(line_));
    sources_.add_file("\nC\n", "inner.conf", 2, sources_.place_of(line_).text(), 0);
    EXPECT_EQ(read(), (std::vector<std::string>{"inner.conf:2: C", "outer.conf:2: B"}));
}

TEST_F(Sources, KnowsWhereTheLinesOfAMacroStand) {
    Macro macro;
    macro.name = "Site";
    macro.place = {std::make_shared<const std::string>("macros.conf"), 10};
    sources_.add_file("Use Site\n", "site.conf", 1, "", 0);
    ASSERT_TRUE(sources_.next(line_));
    EXPECT_EQ(sources_.with_macro("wrong"), "wrong");
    sources_.add_macro("A\nB\n", macro, sources_.place_of(line_).text(), 3);
    EXPECT_EQ(sources_.macro_bytes(), 4U);
    EXPECT_EQ(sources_.open_before(), 3U);
    EXPECT_EQ(sources_.with_macro("wrong"), "wrong (in the macro Site, used at site.conf:1)");
    EXPECT_EQ(read(), (std::vector<std::string>{"macros.conf:11: A", "macros.conf:12: B"}));
}

TEST_F(Sources, TellsTheWayOfACircle) {
    sources_.add_file("Include b.conf\n", "a.conf", 1, "", 0);
    ASSERT_TRUE(sources_.next(line_));
    const std::string at = sources_.place_of(line_).text();
    sources_.add_file("", "sibling.conf", 2, at, 0);
    sources_.add_file("\nInclude a.conf\n", "b.conf", 2, at, 0);
    ASSERT_TRUE(sources_.next(line_));
    EXPECT_EQ(
        sources_.circle_of(line_, "a.conf"),
        "Include: a.conf includes itself: a.conf:1 includes b.conf, b.conf:2 includes a.conf"
    );
    while (sources_.has_room()) {
        sources_.add_file("", "deep.conf", sources_.depth() + 1, "", 0);
    }
    EXPECT_EQ(
        sources_.circle_of(line_, "other.conf"), "Include: more than 64 files within each other"
    );
}

// A line may include any number of files: they are not within each other.
TEST_F(Sources, HaveRoomForManyFilesOfOneLine) {
    sources_.add_file("", "outer.conf", 1, "", 0);
    for (int i = 0; i < 1000; ++i) {
        sources_.add_file("A\n", "some.conf", 2, "outer.conf:1", 0);
    }
    EXPECT_TRUE(sources_.has_room());
    EXPECT_EQ(read().size(), 1000U);
}

}  // namespace
