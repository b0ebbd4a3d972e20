// What a URL may reach (the security record's tests T-50, T-51, T-52, T-57 and T-60): never a file
// outside its mapping, never the source of a script, never a name that the operator did not give.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using Entries = std::map<std::string, std::string>;

// A tree with something to find outside of what is served: a file and a script, both with a mark.
class Paths : public OnLane {
protected:
    static constexpr const char* kSecret = "the secret outside";

    void SetUp() override {
        OnLane::SetUp();
        for (const char* name : {"site/static/sub", "site/scripts", "outside", "site/linked"}) {
            std::filesystem::create_directories(tmp() / name);
        }
        write_file(tmp() / "outside/secret.txt", kSecret);
        write_file(tmp() / "site/secret.txt", kSecret);
        write_file(tmp() / "site/staticsecret.txt", kSecret);
        write_file(
            tmp() / "site/secret.wsgi",
            fmt::format(
                "def application(environ, start_response):\n    start_response('200 OK', "
                "[('Content-Type', 'text/plain')])\n    return [b'{}']\n",
                kSecret
            )
        );
        write_file(tmp() / "site/static/page.txt", "a page\n");
        copy_app("shows_environ.py", "site/scripts/app.wsgi");
        allow_log(R"(:error\].*\[client )");
        server_ = &start(
            "Alias /static/ ${tmp}/site/static/\nAlias /bare ${tmp}/site/static\n"
            "WSGIScriptAlias /scripts/ ${tmp}/site/scripts/\n"
            "WSGIScriptAliasMatch ^/match/([^/]+) ${tmp}/site/scripts/$1.wsgi\n"
            "AliasMatch ^/files/(.*)$ ${tmp}/site/static/$1\n"
            "WSGIScriptAlias /app ${apps}/shows_environ.py\n"
        );
    }

    // Whatever the answer is, it is one, and holds nothing of what lies outside.
    Response expect_nothing_leaks(const std::string& target) {
        Client client = server_->connect();
        client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Response response = client.read_response();
        EXPECT_NE(response.status, 0) << target;
        EXPECT_EQ(response.body.find(kSecret), std::string::npos) << target;
        EXPECT_EQ(response.body.find("start_response"), std::string::npos) << target;
        EXPECT_EQ(response.body.find("root:"), std::string::npos) << target;
        return response;
    }
    void expect_all_refused(const std::vector<std::string>& targets) {
        for (const std::string& target : targets) {
            const Response response = expect_nothing_leaks(target);
            EXPECT_TRUE(response.status >= 400 && response.status < 500)
                << target << ": " << response.status;
        }
        EXPECT_EQ(server_->get("/static/page.txt").body, "a page\n")
            << "the next request is served";
    }

    Server* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, Paths, testing::ValuesIn(both_modes()), name_of);

TEST_P(Paths, T50DotSegmentsDoNotLeaveAMapping) {
    std::vector<std::string> targets;
    for (const char* mount : {"/static/", "/bare/", "/scripts/", "/files/", "/match/"}) {
        for (const char* up :
             {"../",
              "%2e%2e/",
              "%2E./",
              ".%2e/",
              "%252e%252e/",
              "%25252e%25252e/",
              "..%2f",
              "..%2F",
              "%2e%2e%2f",
              "..%5c",
              "..\\",
              "..;/",
              "..;p=1/",
              "..%00/",
              "%c0%ae%c0%ae/",
              "%c0%ae%c0%ae%c0%af",
              "%e0%80%ae%e0%80%ae/",
              "%uff0e%uff0e/",
              ".../",
              "....//",
              "..%09/",
              "sub/../../",
              "./.././",
              "/../",
              "//..//"}) {
            for (const char* name : {"secret.txt", "secret.wsgi", "secret"}) {
                targets.push_back(fmt::format("{}{}{}", mount, up, name));
            }
        }
    }
    expect_all_refused(targets);
}

TEST_P(Paths, T50ManyDotSegmentsDoNotReachTheRoot) {
    std::vector<std::string> targets;
    for (const char* up : {"../", "%2e%2e/", "..%2f", "%2e%2e%2f", "%252e%252e/", "/../"}) {
        for (const char* mount : {"/", "/static/", "/scripts/", "/files/", "/app/"}) {
            targets.push_back(mount + repeat(up, 12) + "etc/passwd");
        }
    }
    for (const std::string& target : targets) {
        const Response response = expect_nothing_leaks(target);
        // Below a script the rest is the application's: only what was decoded once is there.
        EXPECT_TRUE(response.status >= 400 || target.starts_with("/app/%252e")) << target;
    }
}

TEST_P(Paths, T50ADirectorysNameIsNoPrefixOfAnothers) {
    expect_all_refused(
        {"/staticsecret.txt", "/baresecret.txt", "/static", "/scriptssecret.wsgi", "/bare%2fsub"}
    );
}

TEST_P(Paths, T50TheSamePathIsTheSameFileHoweverItIsWritten) {
    for (const char* target :
         {"/static/page.txt",
          "/static//page.txt",
          "/static/./page.txt",
          "/static/sub/../page.txt",
          "/static/%70age.txt",
          "/static/sub/%2e%2e/page%2etxt",
          "//static///page.txt",
          "/./static/page.txt"}) {
        EXPECT_EQ(expect_nothing_leaks(target).body, "a page\n") << target;
    }
    expect_all_refused(
        {"/static/page.txt.",
         "/static/page.txt/",
         "/static/page.txt%20",
         "/static/page.txt;p",
         "/static/page.txt%00",
         "/static/page.txt%00.html",
         "/static/PAGE.TXT",
         "/static/page.txt%2f",
         "/static/page.txt::$DATA"}
    );
}

TEST_P(Paths, T50AnEncodedSlashIsDecidedOnTheBytesThatAreOpened) {
    Server& server = start(
        "AllowEncodedSlashes On\nAlias /static/ ${tmp}/site/static/\n"
        "WSGIScriptAlias /scripts/ ${tmp}/site/scripts/\n"
    );
    for (const char* target :
         {"/static/..%2fsecret.txt",
          "/static/%2e%2e%2fsecret.txt",
          "/static/sub%2f..%2f..%2fsecret.txt",
          "/scripts/..%2fsecret.wsgi",
          "/static%2f..%2fsecret.txt"}) {
        Client client = server.connect();
        client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const Response response = client.read_response();
        EXPECT_GE(response.status, 400) << target;
        EXPECT_EQ(response.body.find(kSecret), std::string::npos) << target;
    }
}

TEST_P(Paths, T50ALinkIsFollowedOnlyWhereItMayBe) {
    std::filesystem::create_symlink(tmp() / "outside", tmp() / "site/linked/away");
    std::filesystem::create_symlink(tmp() / "outside/secret.txt", tmp() / "site/linked/secret.txt");
    Server& server = start(
        "Alias /linked ${tmp}/site/linked\n<Directory ${tmp}/site/linked>\nOptions "
        "-FollowSymLinks\n</Directory>\n"
    );
    for (const char* target : {"/linked/secret.txt", "/linked/away/secret.txt"}) {
        EXPECT_EQ(server.get(target).status, 403) << target;
    }
}

TEST_P(Paths, T51LongPathsAreAnswered) {
    for (const std::string& path :
         {repeat("a", 8000),
          repeat("a/", 4000),
          repeat("../", 2600),
          repeat("%2e%2e%2f", 880),
          repeat("/", 8000),
          repeat("./", 4000),
          "sub/" + repeat("a", 255) + "/" + repeat("b", 256)}) {
        for (const char* mount : {"/static/", "/scripts/", "/files/", "/match/"}) {
            const Response response = expect_nothing_leaks(mount + path);
            EXPECT_TRUE(response.status >= 400 && response.status < 500)
                << mount << path.substr(0, 20) << ": " << response.status;
        }
    }
    EXPECT_EQ(expect_nothing_leaks("/app/" + repeat("a/", 3900)).status, 200);
    // The refusal may come before all of it was sent, and then be lost with the connection.
    Client client = server_->connect();
    const bool was_sent =
        client.try_send("GET /" + repeat("x", 100000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string all = client.read_until_close();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 414 ") || all.empty()) << was_sent << all;
    EXPECT_EQ(server_->get("/static/page.txt").status, 200);
}

// A file name that the operator's pattern makes of the URL is still decided on in whole.
TEST_P(Paths, T52ACaptureDoesNotNameAScriptElsewhere) {
    expect_all_refused(
        {"/match/..",
         "/match/..%2fsecret",
         "/match/%2e%2e%2fsecret",
         "/match/app.wsgi%00",
         "/match/app%00",
         "/match/./../secret"}
    );
    EXPECT_EQ(expect_nothing_leaks("/match/app").status, 200);
}

TEST_P(Paths, T52NothingOfARequestNamesAGroup) {
    Server& server =
        start("ServerName main.example.com\nWSGIScriptAlias /app ${apps}/shows_environ.py\n");
    std::set<std::string> applications;
    std::set<std::string> processes;
    for (const char* head :
         {"GET /app HTTP/1.1\r\nHost: a\r\n",
          "GET /app HTTP/1.1\r\nHost: b:1\r\n",
          "GET /app?process-group=evil HTTP/1.1\r\nHost: a\r\n",
          "GET /app/evil HTTP/1.1\r\nHost: a\r\n",
          "GET http://evil:99/app HTTP/1.1\r\nHost: a\r\n",
          "GET /app HTTP/1.1\r\nHost: a\r\nmod_wsgi.process_group: evil\r\n",
          "GET /app HTTP/1.1\r\nHost: a\r\nmod-wsgi-application-group: evil\r\n",
          "GET /app HTTP/1.1\r\nHost: a\r\nX-Process-Group: evil\r\nX-Script-Name: /evil\r\n",
          "GET /app HTTP/1.1\r\nHost: a\r\nPROCESS_GROUP: evil\r\nScript-Name: /evil\r\n",
          "GET /app HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil\r\nForwarded: host=evil\r\n"}) {
        Client client = server.connect();
        client.send(std::string(head) + "\r\n");
        Entries environ = entries_of(client.read_response().body);
        applications.insert(environ["mod_wsgi.application_group"]);
        processes.insert(environ["mod_wsgi.process_group"]);
        EXPECT_EQ(environ["SCRIPT_NAME"], "'/app'") << head;
        EXPECT_EQ(environ["SCRIPT_FILENAME"], "'" + apps() + "/shows_environ.py'") << head;
    }
    EXPECT_EQ(applications.size(), 1U);
    EXPECT_EQ(processes.size(), 1U);
}

// Where the operator lets the client name a group, the name is checked before it means anything.
TEST_P(Paths, T52AGroupThatAClientMayNameIsValidated) {
    Server& server = start(
        "WSGIDaemonProcess known\nSetEnvIf X-Group \"(.*)\" GROUP=$1\n"
        "WSGIScriptAlias /app ${apps}/shows_environ.py process-group=%{ENV:GROUP}\n"
    );
    EXPECT_EQ(
        entries_of(server.get("/app", "X-Group: known\r\n").body)["mod_wsgi.process_group"],
        "'known'"
    );
    for (const std::string& name :
         {std::string("unknown"),
          std::string("../known"),
          std::string("known "),
          std::string("KNOWN"),
          std::string("%{ENV:GROUP}"),
          std::string("${apps}"),
          std::string(4000, 'g')}) {
        const int status = server.get("/app", "X-Group: " + name + "\r\n").status;
        // White space around a field's value is no part of it (RFC 9110 section 5.5).
        EXPECT_EQ(status, name == "known " ? 200 : 500) << name.substr(0, 30);
    }
}

TEST_P(Paths, T57TheSourceOfAScriptIsNotShown) {
    for (const char* name : {"app.wsgi", "app.wsgi.bak", "app.en.wsgi", "app.wsgi.en"}) {
        copy_app("shows_environ.py", std::string("site/static/") + name);
    }
    Server& server = start(
        "Alias /s ${tmp}/site/static\nAddHandler wsgi-script .wsgi\n"
        "<Location /s/exec>\nOptions +ExecCGI\n</Location>\n"
        "<Directory ${tmp}/site/static>\nOptions +MultiViews -ExecCGI\nAllowOverride "
        "All\n</Directory>\n"
    );
    for (const char* target :
         {"/s/app.wsgi",
          "/s/app",
          "/s/app.wsgi/x",
          "/s/app.wsgi/",
          "/s//app.wsgi",
          "/s/%61pp.wsgi",
          "/s/app%2ewsgi",
          "/s/app.en.wsgi",
          "/s/app.wsgi.en"}) {
        for (const char* fields :
             {"", "Accept: text/plain\r\n", "Range: bytes=0-9\r\n", "Accept-Language: en\r\n"}) {
            const Response response = server.get(target, fields);
            EXPECT_GE(response.status, 400) << target;
            EXPECT_EQ(response.body.find("start_response"), std::string::npos) << target;
        }
    }
}

// Python's own file names are scripts wherever a script is mapped by its place.
TEST_P(Paths, T57TheSourceIsNotShownBesideAMount) {
    copy_app("shows_environ.py", "site/scripts/module.py");
    for (const char* target :
         {"/scripts/app.wsgi", "/scripts/module.py", "/scripts/app.wsgi/../module.py"}) {
        EXPECT_EQ(expect_nothing_leaks(target).body.find("def application"), std::string::npos);
    }
    expect_all_refused(
        {"/scripts/", "/scripts/app.wsgi~", "/scripts/.app.wsgi.swp", "/scripts/__pycache__/"}
    );
}

TEST_P(Paths, T57FilesThatConfigureAreNotShown) {
    write_file(tmp() / "site/static/.htaccess", "SetEnv A secret\n");
    write_file(tmp() / "site/static/.htpasswd", "user:hash\n");
    Server& server = start(
        "DocumentRoot ${tmp}/site/static\n<Directory ${tmp}/site/static>\nAllowOverride "
        "All\n</Directory>\n<FilesMatch \"^\\.ht\">\nRequire all denied\n</FilesMatch>\n"
    );
    for (const char* target :
         {"/.htaccess", "/.htpasswd", "//.htaccess", "/.%68taccess", "/sub/../.htaccess"}) {
        EXPECT_EQ(server.get(target).status, 403) << target;
    }
    EXPECT_EQ(server.get("/page.txt").body, "a page\n");
}

// A pattern of the operator's that explodes costs a bounded time per match, and its request an
// error; it neither counts as a match nor lets anybody in.
TEST_P(Paths, T60PatternsGiveUpInTime) {
    Server& server = start(
        "WSGIScriptAlias /app ${apps}/hello.py\nSetEnvIf X-Long \"^(a+)+$\" LONG=1\n"
        "RewriteEngine On\nRewriteRule ^/app/(a|a|a)+[bc]$ - [F]\n"
        "RedirectMatch ^/app/((x+)+)+[yz]$ /elsewhere\n"
        "<LocationMatch \"^/app/(z+)+[!?]$\">\nSetEnv Z 1\n</LocationMatch>\n"
        "<If \"%{HTTP:X-If} =~ /^(i+)+[jk]$/\">\nSetEnv I 1\n</If>\n"
    );
    const auto begun = std::chrono::steady_clock::now();
    for (const std::string& target :
         {"/app/" + repeat("a", 5000), "/app/" + repeat("x", 5000), "/app/" + repeat("z", 5000)}) {
        const int status = server.get(target).status;
        EXPECT_TRUE(status == 200 || status == 500) << target.substr(0, 10) << status;
    }
    const std::string fields =
        "X-Long: " + repeat("a", 5000) + "!\r\nX-If: " + repeat("i", 2000) + "\r\n";
    const int status = server.get("/app", fields).status;
    EXPECT_TRUE(status == 200 || status == 500) << status;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, kPatience / 2);
    EXPECT_EQ(server.get("/app").body, "Hello, World!");
}

// Access that depends on a pattern is refused when the pattern gives up.
TEST_P(Paths, T60APatternThatGivesUpGrantsNothing) {
    Server& server = start(
        "WSGIScriptAlias /app ${apps}/hello.py\n<Location /app>\nRequire expr \"%{HTTP:X-Long} !~ "
        "/^(a+)+$/\"\n</Location>\n"
    );
    EXPECT_EQ(server.get("/app", "X-Long: b\r\n").status, 200);
    EXPECT_EQ(server.get("/app", "X-Long: aaa\r\n").status, 403);
    const int status = server.get("/app", "X-Long: " + repeat("a", 5000) + "!\r\n").status;
    EXPECT_TRUE(status == 403 || status == 500) << status;
}

class LongPaths : public E2e {};

TEST_F(LongPaths, T51InAConfigurationAreSentences) {
    const std::string longest(100000, 'p');
    for (const std::string& line :
         {"Alias /x /" + longest,
          "Alias /" + longest + " /srv",
          "<Directory /" + longest + ">\n</Directory>",
          "WSGIScriptAlias /x /" + longest,
          "DocumentRoot /" + longest,
          "Include /" + longest,
          "ErrorDocument 404 /" + longest,
          "SetEnv A " + longest,
          "RewriteEngine On\nRewriteRule " + longest + " /" + longest,
          longest}) {
        write_file(tmp() / "long.conf", "Listen 127.0.0.1:0\n" + line + "\n");
        const Outcome outcome = run({"-t", "-f", "${tmp}/long.conf"});
        EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 1 || outcome.exit_code == 2)
            << line.substr(0, 40) << ": " << outcome.exit_code;
    }
}

}  // namespace
}  // namespace test
