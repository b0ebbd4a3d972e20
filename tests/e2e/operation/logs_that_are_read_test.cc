// A log that is a file which the server reads: nothing is written into it, whatever its name is.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class LogThatIsRead : public E2e {
protected:
    // `directives` begin on line 4; -t and the start refuse line `line`, and `file` stays.
    void expect_refused(
        const std::string& directives, int line, const std::string& why, const fs::path& file
    ) {
        const std::string before = fs::exists(file) ? read_file(file) : "";
        const Outcome started = start_expecting_error(
            "Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n" + directives
        );
        const std::string at = "site\\.conf:" + std::to_string(line) + ": ";
        EXPECT_TRUE(any_line_matches(started.err, at + ".*" + why)) << started.err;
        const Outcome tested = run({"-t", "-f", "${tmp}/site.conf"});
        EXPECT_EQ(tested.exit_code, 1);
        EXPECT_TRUE(any_line_matches(tested.err, at + "(Error|Custom|Global)Log: .*" + why))
            << tested.err;
        if (!before.empty()) {
            EXPECT_EQ(read_file(file), before);
        }
    }
};

TEST_F(LogThatIsRead, IsNoFileOfTheConfiguration) {
    expect_refused(
        "ErrorLog ${tmp}/site.conf\n", 4, "it is a file of the configuration", tmp() / "site.conf"
    );
    write_file(tmp() / "part.conf", "KeepAlive On\n");
    fs::create_hard_link(tmp() / "part.conf", tmp() / "other.name");
    expect_refused(
        "Include ${tmp}/part.conf\n<VirtualHost *:1>\nCustomLog ${tmp}/other.name common\n"
        "</VirtualHost>\n",
        6,
        "it is a file of the configuration",
        tmp() / "part.conf"
    );
}

TEST_F(LogThatIsRead, IsNoScript) {
    const std::string script = copy_app("hello.py", "app.wsgi");
    fs::create_symlink(script, tmp() / "link");
    for (const std::string directive :
         {"WSGIScriptAlias / ${tmp}/app.wsgi\n",
          "WSGIScriptAliasMatch ^/a ${tmp}/app.wsgi\n",
          "<Directory />\nWSGIHandlerScript a ${tmp}/app.wsgi\n</Directory>\n",
          "<Directory />\nWSGIDispatchScript ${tmp}/app.wsgi\n</Directory>\n",
          "WSGIImportScript ${tmp}/app.wsgi process-group=%{GLOBAL} application-group=a\n"}) {
        expect_refused(
            "GlobalLog ${tmp}/link common\n" + directive,
            4,
            "it is the script of .*site\\.conf:[56],",
            script
        );
    }
}

TEST_F(LogThatIsRead, IsNoTable) {
    write_file(tmp() / "table", "text/plain txt\n");
    expect_refused(
        "TypesConfig ${tmp}/table\nErrorLog ${tmp}/table\n",
        5,
        "it is the file of TypesConfig",
        tmp() / "table"
    );
    expect_refused(
        "RewriteMap m txt:${tmp}/table\nErrorLog ${tmp}/table\n",
        5,
        "it is the map of .*site\\.conf:4,",
        tmp() / "table"
    );
}

// What nobody writes into and nobody reads from.
TEST_F(LogThatIsRead, MayBeTheNullDevice) {
    Server& server = start(
        "TypesConfig /dev/null\nCustomLog /dev/null common\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/").status, 200);
}

}  // namespace
}  // namespace test
