// WSGIScriptAlias: which script answers, and how the URL is split (specification, section 3; its
// cases 25 to 34, 38, 43).
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Mapping : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directory(tmp() / "dir");
        for (const char* name : {"dir/one.wsgi", "dir/three", "dirthree.py"}) {
            copy_app("shows_environ.py", name);
        }
        server_ = &start(
            "WSGIScriptAlias /emb ${apps}/shows_environ.py\n"
            "WSGIScriptAlias /dir/ ${tmp}/dir/\n"
            "WSGIScriptAlias /dirn ${tmp}/dir\n"
            "WSGIScriptAlias /odd/ ${tmp}/dir\n"
            "WSGIScriptAlias /long ${apps}/answers_by_name.py\n"
            "WSGIScriptAlias /long/sub ${apps}/hello.py\n"
            "WSGIScriptAlias /gone ${tmp}/gone.py\n"
        );
    }

    // The script answers `target` with this split.
    void expect_split(
        const std::string& target, const std::string& script_name, const std::string& path_info
    ) {
        const Response response = server_->get(target);
        EXPECT_EQ(response.status, 200) << target;
        auto environ = entries_of(response.body);
        EXPECT_EQ(environ["SCRIPT_NAME"], script_name) << target;
        EXPECT_EQ(environ["PATH_INFO"], path_info) << target;
        EXPECT_EQ(environ["mod_wsgi.script_name"], script_name) << target;
        EXPECT_EQ(environ["mod_wsgi.path_info"], path_info) << target;
        EXPECT_EQ(environ["REQUEST_URI"], "'" + target + "'");
    }
    void expect_status(const std::string& target, int status) {
        EXPECT_EQ(server_->get(target).status, status) << target;
    }

    Server* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, Mapping, testing::ValuesIn(both_modes()), name_of);

TEST_P(Mapping, SplitsTheUrlAtTheMount) {
    expect_split("/emb", "'/emb'", "''");
    expect_split("/emb/", "'/emb'", "'/'");
    expect_split("/emb/a/b?c=d", "'/emb'", "'/a/b'");
}

TEST_P(Mapping, MatchesWholeSegmentsAndCase) {
    expect_status("/embx", 404);
    expect_status("/EMB", 404);
    expect_status("/missing", 404);
    expect_status("/", 404);
}

TEST_P(Mapping, CollapsesSlashes) {
    expect_split("//emb/a", "'/emb'", "'/a'");
    expect_split("/emb//a//b", "'/emb'", "'/a/b'");
}

TEST_P(Mapping, DecodesBytesAsLatin1) { expect_split("/e%6db/%C3%A9%20x", "'/emb'", R"('/Ã© x')"); }

TEST_P(Mapping, RefusesEncodedSlashesAndNul) {
    expect_status("/emb/a%2Fb", 404);
    expect_status("/emb/a%2fb", 404);
    expect_status("/emb/%00", 404);
}

TEST_P(Mapping, RefusesBrokenPercentEncoding) {
    for (const char* target : {"/emb/%", "/emb/%4", "/emb/%zz"}) {
        expect_status(target, 400);
    }
}

TEST_P(Mapping, ResolvesDotSegments) {
    expect_split("/emb/./a/../b", "'/emb'", "'/b'");
    expect_split("/emb/%2e/a/%2e%2E/b", "'/emb'", "'/b'");
    expect_split("/dir/../emb/x", "'/emb'", "'/x'");
}

TEST_P(Mapping, NeverLeavesTheRoot) {
    for (const char* target :
         {"/..", "/../emb", "/emb/../../emb", "/%2e%2e/emb", "/dir/../../dir/one.wsgi"}) {
        expect_status(target, 400);
    }
}

// T-50: what is decoded once is not decoded again, and a script name stays below its alias.
TEST_P(Mapping, StaysBelowTheAlias) {
    for (const char* target :
         {"/dir/%252e%252e/dirthree.py",
          "/dir/..%2fdirthree.py",
          "/dir/..%5cdirthree.py",
          "/dir/%c0%ae%c0%ae/dirthree.py",
          "/dir/one.wsgi%00.html",
          "/dir/%2e%2e%2fdirthree.py"}) {
        expect_status(target, 404);
    }
    expect_status("/dir/../dirthree.py", 404);
    expect_log("Target WSGI script not found");
}

TEST_P(Mapping, FindsScriptsOfADirectory) {
    expect_split("/dir/one.wsgi/x", "'/dir/one.wsgi'", "'/x'");
    expect_split("/dirn/three", "'/dirn/three'", "''");
}

TEST_P(Mapping, InsertsNothingAtTheJoint) {
    expect_split("/odd/three.py/x", "'/odd/three.py'", "'/x'");
    expect_status("/odd/three", 404);
    expect_log("Target WSGI script not found");
}

TEST_P(Mapping, DoesNotRunADirectory) {
    expect_status("/dir/", 403);
    allow_log("directory");
}

TEST_P(Mapping, RedirectsToADirectorysSlash) {
    const Response response = server_->get("/dirn?q=1");
    EXPECT_EQ(response.status, 301);
    EXPECT_TRUE(response.header("Location").ends_with("/dirn/?q=1")) << response.header("Location");
}

TEST_P(Mapping, TakesTheFirstMatchNotTheLongest) {
    EXPECT_EQ(server_->get("/long/sub").body, "answers_by_name.py\n/long\n/sub\n");
}

TEST_P(Mapping, AnswersNotFoundForAScriptThatIsMissing) {
    expect_status("/gone", 404);
    expect_status("/dir/two.wsgi", 404);
    allow_log("gone\\.py|two\\.wsgi");
}

class MountAtRoot : public OnLane {};
INSTANTIATE_TEST_SUITE_P(, MountAtRoot, testing::ValuesIn(both_modes()), name_of);

TEST_P(MountAtRoot, LeavesTheScriptNameEmpty) {
    Server& server = start("WSGIScriptAlias / ${apps}/answers_by_name.py\n");
    EXPECT_EQ(server.get("/").body, "answers_by_name.py\n\n/\n");
    EXPECT_EQ(server.get("/a/b").body, "answers_by_name.py\n\n/a/b\n");
}

// OPTIONS * is for the server as a whole (RFC 9110 section 9.3.7): no script is meant.
TEST_P(MountAtRoot, IsNotMeantByAnAsterisk) {
    Server& server = start("WSGIScriptAlias / ${apps}/hello.py\n");
    Client client = server.connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(client.read_response().body, "Hello, World!");
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

TEST_P(MountAtRoot, OfAVirtualHostComesBeforeMountsOfTheMainServer) {
    Server& server = start(
        "WSGIScriptAlias /emb ${apps}/hello.py\n"
        "<VirtualHost *:*>\nServerName vh\nWSGIScriptAlias / "
        "${apps}/answers_by_name.py\n</VirtualHost>\n"
    );
    EXPECT_EQ(server.get("/emb").body, "answers_by_name.py\n\n/emb\n");
}

TEST_P(MountAtRoot, TakesACallableOfAnotherName) {
    Server& server = start("WSGIScriptAlias / ${apps}/shows_environ.py callable-object=other\n");
    EXPECT_EQ(entries_of(server.get("/").body)["mod_wsgi.callable_object"], "'other'");
}

}  // namespace
}  // namespace test
