// A mapper whose thread serves others leaves what may take long to one that does not, and is told
// what that one has found out.
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>

#include "core/config/configuration_parser.h"
#include "core/site/map/mapper.h"
#include "tests/support/temp_dir.h"

namespace {

using Kind = site::Outcome::Kind;

class ServesOthers : public testing::Test {
protected:
    Kind ask(site::Mapper& mapper, std::string_view path) {
        site::RequestView request;
        request.method = "GET";
        request.target = request.path = path;
        request.remote_addr = "127.0.0.1";
        request::Route route;
        return mapper.map(request, route).kind;
    }
    void expect_asked_once(const std::string& text, std::string_view path) {
        const auto config = config::parse_text("Listen 80\n" + text, "site.conf");
        ASSERT_TRUE(config) << config.error().what;
        const site::Site site(*config);
        site::Mapper loop(site);
        loop.serve_others(true);
        site::Mapper beside(site);
        EXPECT_EQ(ask(loop, path), Kind::kWaitWanted);
        EXPECT_EQ(ask(loop, path), Kind::kWaitWanted);
        const auto answer = ask(beside, path);
        EXPECT_NE(answer, Kind::kWaitWanted);
        EXPECT_EQ(ask(loop, path), answer);
    }

    test::TempDir directory_;
};

TEST_F(ServesOthers, WithTheHomeDirectoriesOfUsers) {
    const passwd* const me = ::getpwuid(::geteuid());
    ASSERT_NE(me, nullptr);
    expect_asked_once("UserDir public_html\n", "/~" + std::string(me->pw_name) + "/page");
    expect_asked_once("UserDir public_html\n", "/~nobody-is-called-so/page");
}

TEST_F(ServesOthers, WithTheFilesOfMaps) {
    const auto file = directory_.path() + "/names";
    std::ofstream(file) << "a b\n";
    expect_asked_once(
        "RewriteEngine On\nRewriteMap names txt:" + file + "\nRewriteRule ^/(.*) ${names:$1} [R]\n",
        "/a"
    );
}

}  // namespace
