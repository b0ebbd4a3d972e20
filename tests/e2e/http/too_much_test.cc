// Whatever an application says, and however much: it hurts its own request and nobody else's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

IN_BOTH_MODES(TooMuch);

TEST_P(TooMuch, IsTheEndOfOneRequestAndOfNobodyElses) {
    allow_tracebacks();
    allow_log("xxxxxxxx|too large|larger than|Error|traceback cut|\\] +\\^* *$"
    );  // the last: where in a line, says Python
    in_daemon("processes=1 threads=2");
    Server& server = start(
        "WSGIScriptAlias /much ${apps}/http/says_too_much.py\n"
        "WSGIScriptAlias /process ${apps}/shows_process.py\n"
    );
    const std::string pid = entries_of(server.get("/process").body)["pid"];
    for (const char* what :
         {"exception",
          "exception-str",
          "type-name",
          "syntax",
          "unicode",
          "status",
          "value",
          "name",
          "fields",
          "length"}) {
        EXPECT_EQ(server.get(fmt::format("/much?{}", what)).status, 500) << what;
        EXPECT_EQ(entries_of(server.get("/process").body)["pid"], pid) << what;
    }
    EXPECT_EQ(server.get("/much?nothing").status, 200);
}

TEST_P(TooMuch, IsWhatADispatchScriptSays) {
    allow_log("ValueError exception raised");
    expect_log("ValueError: callable_object\\(\\) .* name of 5000000 bytes; the most is 255");
    in_daemon("processes=1 threads=2");
    write_file(
        tmp() / "dispatch.py",
        "def callable_object(environ):\n"
        "    return 'x' * 5_000_000 if environ['QUERY_STRING'] == 'much' else 'application'\n"
    );
    Server& server = start(
        "WSGIDispatchScript ${tmp}/dispatch.py\n"
        "WSGIScriptAlias /process ${apps}/shows_process.py\n"
    );
    const std::string pid = entries_of(server.get("/process").body)["pid"];
    EXPECT_EQ(server.get("/process?much").status, 500);
    EXPECT_EQ(entries_of(server.get("/process").body)["pid"], pid);
}

TEST_P(TooMuch, IsAHeadOfMoreThan128KiB) {
    expect_traceback("ValueError: response headers are larger than 131072 bytes");
    Server& server = start("WSGIScriptAlias / ${apps}/http/says_too_much.py\n");
    const Response large = server.get("/?head=130000");
    EXPECT_EQ(large.status, 200);
    EXPECT_EQ(large.header("X-Large").size(), 130000U);
    EXPECT_EQ(server.get("/?head=131072").status, 500);
}

}  // namespace
}  // namespace test
