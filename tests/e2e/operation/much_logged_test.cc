// An application of embedded mode that writes to the error log without end: the log is others',
// too.
#include <gtest/gtest.h>

#include "tests/support/e2e.h"

namespace test {
namespace {

class MuchLogged : public E2e {};

TEST_F(MuchLogged, IsLeftOutBeyondABoundInEmbeddedMode) {
    Server& server = start(
        "ThreadsPerChild 1\n"
        "WSGIScriptAlias / ${apps}/operation/logs_much.py\n"
    );
    EXPECT_EQ(server.get("/?30000").body, "said");
    expect_log(R"(\d+ lines that the application has written are left out here)");
    allow_log("x$");
}

}  // namespace
}  // namespace test
