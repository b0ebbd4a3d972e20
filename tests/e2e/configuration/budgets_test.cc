// What rules may cost a request, its thread and its neighbours: whatever a .htaccess file says, its
// own requests get an error that names the place, and those of others wait for nothing.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

std::string repeated(std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

class Budgets : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        std::filesystem::create_directories(tmp() / "tenant/below");
        std::filesystem::create_directories(tmp() / "neighbour");
        write_file(tmp() / "tenant/page.txt", "tenant\n");
        write_file(tmp() / "tenant/below/page.txt", "below\n");
        write_file(tmp() / "neighbour/page.txt", "neighbour\n");
        server_ = &start(
            "Alias /tenant ${tmp}/tenant\nAlias /neighbour ${tmp}/neighbour\n"
            "<Directory ${tmp}/tenant>\nAllowOverride All\n</Directory>\n"
        );
    }
    void write(const std::string& text) { write_file(tmp() / "tenant/.htaccess", text); }
    // Longer than any request of the neighbour takes, and far shorter than what the rules would.
    static constexpr std::chrono::seconds kLong{2};

    void expect_refused(const std::string& text, const std::string& log) {
        write(text);
        expect_log(log);
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(
            server_->get("/tenant/page.txt", "User-Agent: " + repeated("a", 200) + "\r\n").status,
            500
        );
        EXPECT_LT(std::chrono::steady_clock::now() - began, kLong) << log;
        EXPECT_EQ(server_->get("/neighbour/page.txt").body, "neighbour\n");
    }

    Server* server_ = nullptr;
};

TEST_F(Budgets, AValueThatGrowsIsAnErrorWithItsPlace) {
    std::string lines = "SetEnvIf User-Agent (.*) A=$1$1$1$1\n";
    for (int i = 0; i < 8; ++i) {
        lines += "SetEnvIf A (.*) A=$1$1$1$1$1$1$1$1$1$1\n";
    }
    expect_refused(lines, R"(\.htaccess:[0-9]+: SetEnvIf .*the value of A has grown longer)");
}

TEST_F(Budgets, VariablesHaveATotal) {
    std::string lines = "SetEnvIf User-Agent (.*) A=" + repeated("$1", 200) + "\n";
    for (int i = 0; i < 40; ++i) {
        lines += "SetEnvIf A (.*) V" + std::to_string(i) + "=$1\n";
    }
    expect_refused(lines, R"(\.htaccess:[0-9]+: SetEnvIf .*variables of this request)");
}

TEST_F(Budgets, VariablesOfRewriteRulesHaveATotal) {
    if (is_sanitized()) {
        GTEST_SKIP() << "a request's time is up before its room is";
    }
    std::string flags;
    for (int i = 0; i < 40; ++i) {
        flags += (i == 0 ? "E=V" : ",E=V") + std::to_string(i) + ":" + repeated("$0", 1500);
    }
    expect_refused(
        "RewriteEngine On\nSetEnv X y\nRewriteRule .* - [" + flags + "]\n",
        R"(\.htaccess:3: RewriteRule .*have become too large)"
    );
}

// Each match stays below its own limit.
TEST_F(Budgets, MatchingHasATotalOverAllSetEnvIf) {
    expect_refused(
        repeated("SetEnvIf User-Agent ^(a|a){13}[bc] x\n", 3000),
        R"(\.htaccess:[0-9]+: SetEnvIf .*all patterns of this request together)"
    );
}

TEST_F(Budgets, MatchingHasATotalOverAllRewriteRules) {
    expect_refused(
        "RewriteEngine On\n" +
            repeated("RewriteCond %{HTTP_USER_AGENT} ^(a|a){13}[bc]\nRewriteRule . - [F]\n", 1500),
        R"(\.htaccess:[0-9]+: .*Rewrite.*takes too long)"
    );
}

TEST_F(Budgets, MatchingHasATotalOverAllRedirectMatch) {
    write_file(tmp() / ("tenant/" + repeated("a", 150)), "tenant\n");
    write(repeated("RedirectMatch ^/tenant/(a|a){13}[bc] /x\n", 3000));
    expect_log(R"(\.htaccess:[0-9]+: RedirectMatch .*all patterns of this request together)");
    EXPECT_EQ(server_->get("/tenant/" + repeated("a", 150)).status, 500);
    EXPECT_EQ(server_->get("/neighbour/page.txt").body, "neighbour\n");
}

// A pattern is tried at each character of a text, and each time within its limit.
TEST_F(Budgets, OnePatternOnALongTextIsNoExemption) {
    write("SetEnvIf User-Agent (?:a|a){13}[bc] x\n");
    expect_log(R"(\.htaccess:1: SetEnvIf .*takes too long)");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(
        server_->get("/tenant/page.txt", "User-Agent: " + repeated("a", 8000) + "\r\n").status, 500
    );
    EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
}

TEST_F(Budgets, ASectionWhosePatternGivesUpIsNotPassedOver) {
    write("<FilesMatch \"^(a+)+[bc]$\">\nRequire all denied\n</FilesMatch>\n");
    write_file(tmp() / ("tenant/" + repeated("a", 200)), "secret\n");
    expect_log(R"(\.htaccess:1: <FilesMatch .*takes too long)");
    EXPECT_EQ(server_->get("/tenant/" + repeated("a", 200)).status, 500);
}

TEST_F(Budgets, MoreVariablesThanARequestMayHaveAreAnErrorOfTheFile) {
    std::string lines;
    for (int i = 0; i < 40000; ++i) {
        lines += "SetEnv V" + std::to_string(i) + " x\n";
    }
    expect_refused(lines, R"(\.htaccess:1001: SetEnv: more than 1000 variables)");
}

// --- Large files

TEST_F(Budgets, ALargeFileIsReadBesideTheLoopAndThenCounts) {
    std::string lines;
    for (int i = 0; i < 400; ++i) {
        lines +=
            "RedirectMatch ^/tenant/old" + std::to_string(i) + "$ /new" + std::to_string(i) + "\n";
    }
    write(lines + "<Files secret.txt>\nRequire all denied\n</Files>\n");
    write_file(tmp() / "tenant/secret.txt", "secret\n");
    allow_log("denied by Require all denied");
    Client first = server_->connect();
    Client second = server_->connect();
    Client gone = server_->connect();
    first.get("/tenant/secret.txt");
    gone.get("/tenant/page.txt");
    second.get("/tenant/old399");
    gone.reset();
    EXPECT_EQ(server_->get("/neighbour/page.txt").body, "neighbour\n");
    EXPECT_EQ(first.read_response().status, 403);
    const Response moved = second.read_response();
    EXPECT_EQ(moved.status, 302);
    EXPECT_EQ(moved.header("Location"), "/new399");
    write("Require all denied\n");
    EXPECT_EQ(server_->get("/tenant/page.txt").status, 403);
}

TEST_F(Budgets, AnErrorInALargeFileIsToldWithItsPlace) {
    write(repeated("# nothing\n", 1000) + "Nonsense\n");
    expect_log(R"(\.htaccess:1001: unknown directive "Nonsense")");
    EXPECT_EQ(server_->get("/tenant/page.txt").status, 500);
    write(repeated("# nothing\n", 1000));
    EXPECT_EQ(server_->get("/tenant/page.txt").body, "tenant\n");
}

}  // namespace
}  // namespace test
