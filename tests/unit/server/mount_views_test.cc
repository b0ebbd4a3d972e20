// Mounts as requests meet them: one view for each virtual host that sees a mount.
#include "core/server/mount_views.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/config/parser.h"

namespace {

using server::MountView;
using server::MountViews;

config::Config parsed(const std::string& text) {
    auto config = config::parse_text("Listen 127.0.0.1:0\n" + text, "test.conf");
    EXPECT_TRUE(config.has_value()) << config.error().what;
    return config ? std::move(*config) : config::Config{};
}

constexpr const char* kTwoHosts =
    "ServerAdmin main@example.com\n"
    "WSGIDaemonProcess blue\n"
    "WSGIScriptAlias /main /srv/main.wsgi\n"
    "<VirtualHost *:80>\n"
    "ServerName a.example.com\n"
    "WSGIProcessGroup blue\n"
    "WSGIApplicationGroup %{GLOBAL}\n"
    "WSGIScriptAlias /own /srv/own.wsgi\n"
    "</VirtualHost>\n"
    "<VirtualHost *:80>\n"
    "ServerName b.example.com\n"
    "ServerAdmin b@example.com\n"
    "</VirtualHost>\n";

const MountView& view_of(const MountViews& views, std::uint32_t host, std::uint32_t mount) {
    return views.all().at(views.number(host, mount));
}

TEST(ServerMountViews, AreOneForEachHostThatSeesAMount) {
    const config::Config config = parsed(kTwoHosts);
    const MountViews views(config);
    // The main server's mount is seen by three hosts, that of the first virtual host by itself.
    ASSERT_EQ(views.all().size(), 4U);
    std::set<std::uint32_t> numbers;
    for (const auto& [host, mount] :
         std::multimap<std::uint32_t, std::uint32_t>{{0, 0}, {1, 0}, {2, 0}, {1, 1}}) {
        const MountView& view = view_of(views, host, mount);
        EXPECT_EQ(view.host, host);
        EXPECT_EQ(view.mount, mount);
        numbers.insert(views.number(host, mount));
    }
    EXPECT_EQ(numbers.size(), 4U);
}

TEST(ServerMountViews, HaveTheGroupsOfTheirHost) {
    const config::Config config = parsed(kTwoHosts);
    const MountViews views(config);
    EXPECT_EQ(view_of(views, 1, 0).process_group, "blue");
    EXPECT_EQ(view_of(views, 1, 0).application_group, "%{GLOBAL}");
    EXPECT_EQ(view_of(views, 2, 0).process_group, "%{GLOBAL}");
    EXPECT_EQ(view_of(views, 2, 0).application_group, "%{RESOURCE}");
}

TEST(ServerMountViews, HaveTheGroupsOfTheirMountFirst) {
    const config::Config config = parsed(
        "WSGIDaemonProcess blue\n"
        "WSGIProcessGroup blue\n"
        "WSGIScriptAlias / /srv/x.wsgi process-group=%{GLOBAL} application-group=own\n"
    );
    const MountViews views(config);
    EXPECT_EQ(view_of(views, 0, 0).process_group, "%{GLOBAL}");
    EXPECT_EQ(view_of(views, 0, 0).application_group, "own");
}

// Specification 3.9: a script is loaded at start if its alias names both groups.
TEST(ServerMountViews, PreloadWhereBothGroupsAreNamed) {
    const auto preloads = [](const std::string& options) {
        const config::Config config =
            parsed("WSGIDaemonProcess blue\nWSGIScriptAlias / /srv/x.wsgi " + options + "\n");
        return MountViews(config).all().at(0).preloads;
    };
    EXPECT_TRUE(preloads("process-group=blue application-group=app"));
    EXPECT_TRUE(preloads("process-group=%{GLOBAL} application-group=%{GLOBAL}"));
    EXPECT_FALSE(preloads("process-group=blue"));
    EXPECT_FALSE(preloads("application-group=app"));
    EXPECT_FALSE(preloads("process-group=blue application-group=%{RESOURCE}"));
    EXPECT_FALSE(preloads("process-group=blue application-group=%{HOST}"));
}

TEST(ServerMountViews, TellWhoMayAnswer) {
    MountView view;
    view.process_group = "%{GLOBAL}";
    EXPECT_TRUE(may_answer(view, ""));
    EXPECT_FALSE(may_answer(view, "blue"));
    view.process_group = "blue";
    EXPECT_FALSE(may_answer(view, ""));
    EXPECT_TRUE(may_answer(view, "blue"));
    EXPECT_FALSE(may_answer(view, "red"));
    view.process_group = "%{SERVER}";  // any group may have that name
    EXPECT_TRUE(may_answer(view, "blue"));
    EXPECT_TRUE(may_answer(view, "red"));
}

using Environ = std::vector<std::pair<std::string, std::string>>;

TEST(ServerMountViews, KnowTheConstantPartOfEnviron) {
    config::Config config = parsed(kTwoHosts);
    config.hosts[1].document_root = "/srv/www";
    const MountViews views(config);
    EXPECT_EQ(
        constant_environ(config, view_of(views, 1, 0)),
        (Environ{{"SERVER_ADMIN", "main@example.com"}, {"DOCUMENT_ROOT", "/srv/www"}})
    );
    EXPECT_EQ(
        constant_environ(config, view_of(views, 2, 0)), (Environ{{"SERVER_ADMIN", "b@example.com"}})
    );
}

TEST(ServerMountViews, NameAnAdministratorWhereNoneIsConfigured) {
    const config::Config config = parsed("WSGIScriptAlias / /srv/x.wsgi\n");
    EXPECT_EQ(
        constant_environ(config, MountViews(config).all().at(0)),
        (Environ{{"SERVER_ADMIN", "[no address given]"}})
    );
}

TEST(ServerMountViews, NamePlainGroups) {
    EXPECT_EQ(server::plain_group_name("%{GLOBAL}"), "");
    EXPECT_EQ(server::plain_group_name("blue"), "blue");
    EXPECT_EQ(server::plain_group_name(""), "");
}

}  // namespace
