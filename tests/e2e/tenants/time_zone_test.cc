// An application in embedded mode that sets a time zone sets it for its process, and not for what
// the server writes and decides.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class TimeZone : public E2e {};

TEST_F(TimeZone, OfLogsIsTheServers) {
    environment_["TZ"] = "UTC0";
    Server& server = start(
        "StartServers 1\n"
        "LogFormat \"%t %{%z}t %U\" zones\n"
        "CustomLog ${tmp}/access.log zones\n"
        "WSGIScriptAlias /zone ${apps}/tenants/sets_time_zone.py\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/zone").status, 200);
    EXPECT_EQ(server.get("/zone").status, 200);
    EXPECT_EQ(server.get("/other").status, 200);
    std::string lines;
    EXPECT_TRUE(eventually([&] {
        lines = read_file(tmp() / "access.log");
        return std::ranges::count(lines, '\n') == 3;
    })) << lines;
    EXPECT_NE(lines.find(" +0000] +0000 /other\n"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("+0900"), std::string::npos) << lines;
}

}  // namespace
}  // namespace test
