// Which script or file a URL leads to: the specification's cases 25 to 45 (section 10.2), by their
// numbers. mapping_test.cc looks further into single rules of WSGIScriptAlias.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using Entries = std::map<std::string, std::string>;

// "The configuration of cases 25 to 40" of the specification.
constexpr const char* kMounts =
    "WSGIScriptAlias /emb ${apps}/shows_environ.py\n"
    "WSGIScriptAlias /dir/ ${tmp}/dir/\n"
    "WSGIScriptAlias /dirn ${tmp}/dir\n"
    "WSGIScriptAlias /odd/ ${tmp}/dir\n"
    "WSGIScriptAliasMatch ^/m1/([^/]+) ${tmp}/dir/$1.wsgi\n"
    "WSGIScriptAliasMatch ^/m2/ ${apps}/shows_environ.py\n"
    "WSGIScriptAliasMatch ^/m3(/.*)?$ ${apps}/shows_environ.py$1\n"
    "WSGIScriptAliasMatch ^/m4 ${apps}/shows_environ.py\n";

class UrlMapping : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "dir");
        std::filesystem::create_directories(tmp() / "htdocs/sub");
        copy_app("shows_environ.py", "dir/one.wsgi");
        copy_app("shows_environ.py", "dir/three");
        write_file(tmp() / "htdocs/plain.txt", "plain text\n");
        // What a refused request is refused for may be said at any level.
        allow_log(R"(:error\].*\[client )");
    }

    void serve_with(const std::string& config = kMounts) { server_ = &start(config); }

    // The environ that the script tells; empty when it did not answer.
    Entries environ_of(const std::string& target, const std::string& fields = "") {
        const Response response = server_->get(target, fields);
        EXPECT_EQ(response.status, 200) << target;
        return response.status == 200 ? entries_of(response.body) : Entries{};
    }
    void expect_split(
        const std::string& target, const std::string& script_name, const std::string& path_info
    ) {
        Entries environ = environ_of(target);
        EXPECT_EQ(environ["SCRIPT_NAME"], "'" + script_name + "'") << target;
        EXPECT_EQ(environ["PATH_INFO"], "'" + path_info + "'") << target;
        EXPECT_EQ(environ["REQUEST_URI"], "'" + target + "'");
    }
    void expect_status(const std::string& target, int status) {
        EXPECT_EQ(server_->get(target).status, status) << target;
    }
    void expect_moved(const std::string& target, const std::string& path) {
        const Response response = server_->get(target);
        EXPECT_EQ(response.status, 301) << target;
        EXPECT_TRUE(response.header("Location").ends_with(path)) << response.header("Location");
    }

    Server* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, UrlMapping, testing::ValuesIn(both_modes()), name_of);

TEST_P(UrlMapping, Case25_AMountIsTheScriptName) {
    serve_with();
    expect_split("/emb", "/emb", "");
}

TEST_P(UrlMapping, Case26_WhatFollowsIsThePathInfo) {
    serve_with();
    expect_split("/emb/", "/emb", "/");
}

TEST_P(UrlMapping, Case27_AMountEndsAtASlash) {
    serve_with();
    expect_status("/embx", 404);
}

TEST_P(UrlMapping, Case28_AMountHasItsCase) {
    serve_with();
    expect_status("/EMB", 404);
}

TEST_P(UrlMapping, Case29_SlashesAreMergedButNotInTheRequestUri) {
    serve_with();
    expect_split("//emb/a", "/emb", "/a");
    expect_split("/emb//a//b", "/emb", "/a/b");
}

TEST_P(UrlMapping, Case30_EscapesAreDecodedToBytes) {
    serve_with();
    expect_split("/e%6db/%C3%A9%20x", "/emb", "/\xc3\x83\xc2\xa9 x");
}

TEST_P(UrlMapping, Case31_EncodedSlashesAndNulAreNotFound) {
    serve_with();
    expect_status("/emb/a%2Fb", 404);
    expect_status("/emb/%00", 404);
}

TEST_P(UrlMapping, Case32_DotSegmentsAreResolved) {
    serve_with();
    expect_split("/emb/./a/../b", "/emb", "/b");
}

TEST_P(UrlMapping, Case33_AScriptOfADirectory) {
    serve_with();
    expect_split("/dir/one.wsgi/x", "/dir/one.wsgi", "/x");
}

TEST_P(UrlMapping, Case34_ADirectoryIsNoScript) {
    serve_with();
    expect_status("/dir/", 403);
    expect_moved("/dirn", "/dirn/");
    expect_status("/odd/three", 404);
    expect_status("/missing", 404);
}

TEST_P(UrlMapping, Case35_AMatchBuildsTheNameOfItsScript) {
    serve_with();
    expect_split("/m1/one/z", "/m1/one", "/z");
    expect_split("/m1/one", "/m1/one", "");
    expect_status("/m1/none", 404);
}

TEST_P(UrlMapping, Case36_AMatchThatSwallowsTheSlash) {
    serve_with();
    expect_split("/m2/", "/m2/", "");
    expect_status("/m2/a/b", 404);
    expect_split("/m3/a", "/m3", "/a");
    expect_split("/m3", "/m3", "");
}

TEST_P(UrlMapping, Case37_AMatchKnowsNoBoundary) {
    serve_with();
    expect_status("/m4xyz/a", 404);
    expect_split("/m4/a", "/m4", "/a");
}

TEST_P(UrlMapping, Case38_TheFirstMountWinsNotTheLongest) {
    serve_with(
        "WSGIScriptAlias /long ${apps}/answers_by_name.py\n"
        "WSGIScriptAlias /long/sub ${apps}/hello.py\n"
    );
    EXPECT_EQ(server_->get("/long/sub").body, "answers_by_name.py\n/long\n/sub\n");
}

TEST_P(UrlMapping, Case39_AnAliasComesBeforeAMount) {
    serve_with(
        "WSGIScriptAlias /both ${apps}/hello.py\nAlias /both ${tmp}/htdocs/plain.txt\n"
        "WSGIScriptAlias / ${apps}/hello.py\nAlias /static ${tmp}/htdocs\n"
    );
    EXPECT_EQ(server_->get("/both").body, "plain text\n");
    EXPECT_EQ(server_->get("/static/plain.txt").body, "plain text\n");
    EXPECT_EQ(server_->get("/other").body, "Hello, World!");
}

TEST_P(UrlMapping, Case40_ARewrittenUrlReachesAMountWithPT) {
    serve_with(
        "WSGIScriptAlias /gs ${apps}/shows_environ.py\nRewriteEngine On\n"
        "RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes]\n"
        "RewriteRule ^/nopt/(.*)$ /gs/$1?q=1 [QSA,E=V:yes]\n"
    );
    Entries environ = environ_of("/rw/a?b=c");
    EXPECT_EQ(environ["SCRIPT_NAME"], "'/gs'");
    EXPECT_EQ(environ["PATH_INFO"], "'/a'");
    EXPECT_EQ(environ["REQUEST_URI"], "'/rw/a?b=c'");
    EXPECT_EQ(environ["QUERY_STRING"], "'q=1&b=c'");
    EXPECT_EQ(environ["V"], "'yes'");
    expect_status("/nopt/a", 404);
}

TEST_P(UrlMapping, Case41_APathInfoThatIsNotAccepted) {
    serve_with(
        "WSGIScriptAlias /gs ${apps}/shows_environ.py\n<Location /gs>\nAcceptPathInfo "
        "Off\n</Location>\n"
    );
    expect_status("/gs", 200);
    expect_status("/gs/noinfo", 404);
}

TEST_P(UrlMapping, Case42_AHandlerNeedsExecCgi) {
    std::filesystem::create_directory(tmp() / "with");
    copy_app("shows_environ.py", "with/one.wsgi");
    serve_with(
        "DocumentRoot ${tmp}/dir\nAddHandler wsgi-script .wsgi\n"
        "Alias /with ${tmp}/with\n<Directory ${tmp}/with>\nOptions +ExecCGI\n</Directory>\n"
    );
    expect_log("ExecCGI");
    expect_status("/one.wsgi", 403);
    expect_status("/one.wsgi/x", 403);
    expect_split("/with/one.wsgi/x", "/with/one.wsgi", "/x");
}

TEST_P(UrlMapping, Case42_HandlersAreSetAndRemoved) {
    for (const char* name : {"set", "removed"}) {
        std::filesystem::create_directory(tmp() / name);
    }
    copy_app("shows_environ.py", "set/any");
    write_file(tmp() / "removed/one.wsgi", "only text\n");
    serve_with(
        "DocumentRoot ${tmp}\nAddHandler wsgi-script .wsgi\n"
        "<Directory ${tmp}/set>\nOptions ExecCGI\nSetHandler wsgi-script\n</Directory>\n"
        "<Directory ${tmp}/removed>\nRemoveHandler .wsgi\n</Directory>\n"
    );
    expect_split("/set/any/x", "/set/any", "/x");
    expect_status("/set/missing", 404);
    // T-57: without a handler it would be text in Apache, but it may be source.
    expect_status("/removed/one.wsgi", 403);
}

TEST_P(UrlMapping, Case43_MountsOfAHostComeFirst) {
    serve_with(
        "WSGIScriptAlias /emb ${apps}/hello.py\nWSGIScriptAlias /main ${apps}/hello.py\n"
        "<VirtualHost *:*>\nServerName vh\nWSGIScriptAlias / "
        "${apps}/answers_by_name.py\n</VirtualHost>\n"
    );
    EXPECT_EQ(server_->get("/emb").body, "answers_by_name.py\n\n/emb\n");
    EXPECT_EQ(server_->get("/main").body, "answers_by_name.py\n\n/main\n");
}

TEST_P(UrlMapping, Case44_AHandlerScriptAnswersForWhatItHandles) {
    std::filesystem::create_directory(tmp() / "handled");
    write_file(tmp() / "handled/doc.foo", "a document\n");
    write_file(
        tmp() / "handler.py",
        read_file(apps() + "/shows_environ.py") + "\nhandle_request = application\n"
    );
    serve_with(
        "DocumentRoot ${tmp}/handled\nWSGIHandlerScript my-handler ${tmp}/handler.py\n"
        "AddHandler my-handler .foo\n"
    );
    expect_split("/doc.foo/extra", "/doc.foo", "/extra");
    expect_split("/missing.foo", "/missing.foo", "");
    Entries environ = environ_of("/doc.foo");
    EXPECT_EQ(environ["SCRIPT_FILENAME"], "'" + (tmp() / "handled/doc.foo") + "'");
    EXPECT_EQ(environ["mod_wsgi.callable_object"], "'handle_request'");
}

TEST_P(UrlMapping, Case45_SlashesThatAreKeptAreMergedForTheApplication) {
    serve_with("MergeSlashes Off\nWSGIScriptAlias //slashy ${apps}/shows_environ.py\n");
    expect_split("//slashy", "/slashy", "");
    expect_split("//slashy//a//b", "/slashy", "/a/b");
}

// Section 9.1: files behind DocumentRoot and Alias, whose type and validators are the file's.
TEST_P(UrlMapping, FilesAreServedBehindTheDocumentRoot) {
    serve_with("DocumentRoot ${tmp}/htdocs\nWSGIScriptAlias /app ${apps}/hello.py\n");
    const Response response = server_->get("/plain.txt");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "plain text\n");
    EXPECT_TRUE(response.header("Content-Type").starts_with("text/plain"));
    EXPECT_EQ(response.header("Content-Length"), "11");
    EXPECT_TRUE(response.has("ETag"));
    EXPECT_TRUE(response.has("Last-Modified"));
    const std::string unchanged = "If-None-Match: " + response.header("ETag") + "\r\n";
    EXPECT_EQ(server_->get("/plain.txt", unchanged).status, 304);
    expect_status("/none.txt", 404);
    expect_moved("/sub", "/sub/");
}

TEST_P(UrlMapping, AnAliasMatchBuildsAFileName) {
    serve_with("AliasMatch ^/pages/([a-z]+)\\.html$ ${tmp}/htdocs/$1.txt\n");
    EXPECT_EQ(server_->get("/pages/plain.html").body, "plain text\n");
    expect_status("/pages/other.html", 404);
}

TEST_P(UrlMapping, ADirectoryIndexIsFoundInOrder) {
    copy_app("shows_environ.py", "htdocs/sub/index.wsgi");
    serve_with(
        "DocumentRoot ${tmp}/htdocs\nDirectoryIndex none.html plain.txt index.wsgi\n"
        "AddHandler wsgi-script .wsgi\n<Directory ${tmp}/htdocs/sub>\nOptions "
        "+ExecCGI\n</Directory>\n"
    );
    EXPECT_EQ(server_->get("/").body, "plain text\n");
    EXPECT_EQ(environ_of("/sub/?q=1")["QUERY_STRING"], "'q=1'");
}

// Apache loses the URL here (specification, section 11.1); RFC 3875 section 3.3 wants SCRIPT_NAME
// and PATH_INFO to make up the path.
TEST_P(UrlMapping, AFallbackKnowsTheUrlThatWasAskedFor) {
    copy_app("shows_environ.py", "htdocs/main.wsgi");
    serve_with(
        "DocumentRoot ${tmp}/htdocs\nAddHandler wsgi-script .wsgi\n<Directory ${tmp}/htdocs>\n"
        "Options +ExecCGI\nFallbackResource /main.wsgi\n</Directory>\n"
    );
    for (const char* target : {"/a", "/a/b/c"}) {
        Entries environ = environ_of(target);
        const std::string joined = environ["SCRIPT_NAME"] + environ["PATH_INFO"];
        EXPECT_EQ(replace_all(joined, "'", ""), target);
        EXPECT_EQ(environ["SCRIPT_FILENAME"], "'" + (tmp() / "htdocs/main.wsgi") + "'");
    }
    EXPECT_EQ(server_->get("/plain.txt").body, "plain text\n");
}

TEST_P(UrlMapping, ARedirectKeepsTheRestAndTheQuery) {
    serve_with(
        "Redirect /old http://new.example.com/here\nRedirect permanent /perm http://p/\n"
        "Redirect gone /gone\nRedirectMatch 303 ^/m/([a-z]+)$ /seen/$1\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    const Response response = server_->get("/old/x%20y?q=1");
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.header("Location"), "http://new.example.com/here/x%20y?q=1");
    EXPECT_EQ(server_->get("/perm/x").header("Location"), "http://p//x");  // as Apache joins it
    expect_status("/perm", 301);
    expect_status("/gone/x", 410);
    EXPECT_EQ(server_->get("/m/abc").status, 303);
    EXPECT_TRUE(server_->get("/m/abc").header("Location").ends_with("/seen/abc"));
    expect_status("/olden", 200);
}

TEST_P(UrlMapping, AnErrorDocumentAnswersForAnError) {
    serve_with(
        "DocumentRoot ${tmp}/htdocs\nErrorDocument 404 \"nothing here\"\n"
        "ErrorDocument 410 /app/gone\nErrorDocument 403 http://elsewhere.example.com/no\n"
        "Redirect gone /was\n<Location /closed>\nRequire all denied\n</Location>\n"
        "WSGIScriptAlias /app ${apps}/shows_environ.py\n"
    );
    const Response text = server_->get("/none");
    EXPECT_EQ(text.status, 404);
    EXPECT_EQ(text.body, "nothing here");
    const Response elsewhere = server_->get("/closed");
    EXPECT_EQ(elsewhere.status, 302);
    EXPECT_EQ(elsewhere.header("Location"), "http://elsewhere.example.com/no");
    Entries environ = entries_of(server_->get("/was/there?a=b").body);
    EXPECT_EQ(environ["PATH_INFO"], "'/gone'");
    EXPECT_EQ(environ["REDIRECT_STATUS"], "'410'");
    EXPECT_EQ(environ["REDIRECT_URL"], "'/was/there'");
    EXPECT_EQ(environ["REDIRECT_QUERY_STRING"], "'a=b'");
}

}  // namespace
}  // namespace test
