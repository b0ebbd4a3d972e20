// A configuration names a FIFO where a file belongs, or something becomes one: nobody waits for it,
// and somebody says so.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class NamedFifo : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        fs::create_directories(tmp() / "conf.d");
    }
    const Fifo fifo_{tmp() / "conf.d.fifo"};
};

TEST_F(NamedFifo, IsRefusedWhereItIsIncluded) {
    const Fifo fifo(tmp() / "conf.d/a.conf");
    for (const char* const included : {"conf.d", "conf.d/*.conf", "conf.d/a.conf"}) {
        write_file(
            tmp() / "site.conf",
            substitute("Listen 127.0.0.1:0\nInclude ${tmp}/") + included + "\n" +
                as_root_if_root("")
        );
        for (const char* const option : {"-t", "-S"}) {
            const Outcome outcome = run({option, "-f", "${tmp}/site.conf"});
            EXPECT_EQ(outcome.exit_code, 1);
            EXPECT_TRUE(
                any_line_matches(outcome.err, R"(site\.conf:2: Include: .*/a\.conf: it is a FIFO)")
            ) << outcome.err;
        }
        EXPECT_EQ(run({"-f", "${tmp}/site.conf"}).exit_code, 1);
    }
}

TEST_F(NamedFifo, IsRefusedAsARewriteMap) {
    write_file(
        tmp() / "site.conf",
        substitute("Listen 127.0.0.1:0\nRewriteEngine On\nRewriteMap m txt:${tmp}/conf.d.fifo\n") +
            as_root_if_root("")
    );
    const Outcome outcome = run({"-t", "-f", "${tmp}/site.conf"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_TRUE(any_line_matches(outcome.err, "site\\.conf:3: RewriteMap m: .*no regular file"))
        << outcome.err;
}

// The next server process is another one, which reads it anew.
TEST_F(NamedFifo, InThePlaceOfTypesKeepsNobodyWaiting) {
    write_file(tmp() / "types", "text/x-own txt\n");
    write_file(tmp() / "page.txt", "page");
    const Server& server = start(
        "TypesConfig ${tmp}/types\nAlias /page.txt ${tmp}/page.txt\n<Directory ${tmp}>\n"
        "Require all granted\n</Directory>\nWSGIScriptAlias /kill ${apps}/kills_itself.py\n"
    );
    EXPECT_EQ(server.get("/page.txt").header("content-type"), "text/x-own");
    fs::rename(tmp() / "conf.d.fifo", tmp() / "types");
    EXPECT_EQ(server.get("/kill?9").status, 0);
    EXPECT_EQ(server.get("/page.txt").body, "page");
    expect_log("TypesConfig: .*/types: it is a FIFO");
    expect_log("server process 0 .*SIGKILL");
}

}  // namespace
}  // namespace test
