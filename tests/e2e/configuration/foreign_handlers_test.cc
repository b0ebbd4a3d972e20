// Handlers and media types by which Apache runs programs, and nobody here does: source code is not
// sent, and -t and migrate tell of each.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ForeignHandlers : public E2e {
protected:
    Outcome ask(const std::string& config) {
        write_file(
            tmp() / "site.conf",
            substitute("Listen 127.0.0.1:0\n" + config + "User root\nAllowRoot On\n")
        );
        return run({"-t", "-f", "${tmp}/site.conf"});
    }
    void expect_problem(const std::string& config, const std::string& expression) {
        const Outcome outcome = ask(config);
        EXPECT_EQ(outcome.exit_code, 1) << config << outcome.err;
        EXPECT_TRUE(any_line_matches(outcome.err, "^.*/site\\.conf:" + expression))
            << expression << "\n"
            << outcome.err;
    }
};

TEST_F(ForeignHandlers, AreNeverAnsweredWithTheSourceOfWhatTheyRun) {
    std::filesystem::create_directories(tmp() / "tenant");
    Server& server = start(
        "Alias /tenant ${tmp}/tenant\n<Directory ${tmp}/tenant>\nAllowOverride All\n</Directory>\n"
    );
    allow_log("source is not sent");
    allow_log("File does not exist");
    allow_log("source code is not sent");
    struct Case {
        const char* text;
        const char* file;
        int status;
    };
    for (const Case& each :
         {Case{"AddType application/x-httpd-php .php\n", "a.php", 403},
          Case{"AddType application/x-httpd-php .php\n", "a.php.txt", 403},
          Case{"AddType application/x-httpd-php .php .inc\n", "a.inc", 403},
          Case{"AddHandler application/x-httpd-php .php\n", "a.php", 403},
          Case{"AddHandler php5-script .php\n", "a.php.txt", 403},
          Case{
              "<Files a.php>\nSetHandler \"proxy:unix:/run/php.sock|fcgi://x\"\n</Files>\n",
              "a.php",
              403},
          Case{"ForceType application/x-httpd-php\n", "a.html", 403},
          Case{"AddType text/x-server-parsed-html .shtml\n", "a.shtml", 403},
          Case{"AddHandler server-parsed .shtml\n", "a.shtml", 403},
          Case{"AddHandler cgi-script .cgi\n", "a.cgi", 403},
          Case{"AddHandler cgi-script .cgi\n", "missing.cgi", 404},
          Case{"Options +ExecCGI\n", "a.cgi", 403},
          Case{
              "RewriteEngine On\nRewriteRule \\.inc$ - [T=application/x-httpd-php]\n",
              "a.inc",
              403},
          Case{"SetHandler server-status\n", "a.html", 403},
          Case{"\n", "a.php", 403},
          Case{"AddType text/plain .php\n", "a.php", 200},
          Case{"\n", "a.cgi", 200},
          Case{"\n", "a.html", 200}}) {
        write_file(tmp() / "tenant/a.php", "<?php $password ?>");
        for (const char* name : {"a.inc", "a.cgi", "a.html", "a.shtml", "a.php.txt"}) {
            write_file(tmp() / (std::string("tenant/") + name), "secret of a program");
        }
        write_file(tmp() / "tenant/.htaccess", each.text);
        const Response response = server.get(std::string("/tenant/") + each.file);
        EXPECT_EQ(response.status, each.status) << each.text << each.file;
        EXPECT_EQ(
            response.body.find("secret") == std::string::npos &&
                response.body.find("password") == std::string::npos,
            each.status != 200
        ) << each.text
          << each.file;
    }
}

TEST_F(ForeignHandlers, AreToldByTheTestOfTheConfiguration) {
    expect_problem(
        "AddHandler cgi-script .cgi .pl\n", R"(2: AddHandler: "cgi-script" is a handler)"
    );
    expect_problem(
        "<Location /s>\nSetHandler server-status\n</Location>\n",
        R"(3: SetHandler: "server-status" is a handler)"
    );
    expect_problem(
        "AddType application/x-httpd-php .php\n", R"(2: AddType: "application/x-httpd-php" is)"
    );
    expect_problem(
        "<Directory /srv>\nForceType application/x-httpd-php\n</Directory>\n",
        R"(3: ForceType: "application/x-httpd-php" is)"
    );
    expect_problem(
        "RewriteEngine On\nRewriteRule \\.x$ - [H=cgi-script]\n",
        R"(3: RewriteRule \[H\]: "cgi-script" is)"
    );
    expect_problem(
        "AddHandler markdwon .md\nWSGIHandlerScript markdown ${apps}/hello.py\n",
        R"(2: AddHandler: no WSGIHandlerScript is called "markdwon")"
    );
}

TEST_F(ForeignHandlers, OursAndThoseThatAreDefinedAreFine) {
    const Outcome outcome =
        ask("AddHandler markdown .md\nWSGIHandlerScript markdown ${apps}/hello.py\n"
            "AddHandler wsgi-script .wsgi\nAddType application/x-httpd-wsgi .w\n"
            "<Location /d>\nSetHandler default-handler\n</Location>\n"
            "<Location /n>\nSetHandler None\n</Location>\n");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
}

TEST_F(ForeignHandlers, AreMissingWhereASiteMigrates) {
    std::filesystem::create_directories(tmp() / "tree");
    std::filesystem::create_directories(tmp() / "www");
    write_file(tmp() / "www/.htaccess", "AddHandler cgi-script .cgi\n");
    write_file(
        tmp() / "tree/apache2.conf",
        substitute(
            "Listen 127.0.0.1:8080\nAddType application/x-httpd-php .php\nDocumentRoot ${tmp}/www\n"
            "<Directory ${tmp}/www>\nAllowOverride All\n</Directory>\n"
        )
    );
    const Outcome outcome = run({"migrate", "${tmp}/tree"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, "something is missing")) << outcome.out;
    EXPECT_TRUE(
        any_line_matches(outcome.out, R"(apache2\.conf:2: AddType: "application/x-httpd-php")")
    ) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, R"(\.htaccess:1: AddHandler: "cgi-script" is)"))
        << outcome.out;
}

}  // namespace
}  // namespace test
