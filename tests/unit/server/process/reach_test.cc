// Which virtual hosts may send requests to which process group, and what is loaded at start.
#include "core/server/process/reach.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/server/process/host_environ.h"

namespace {

using server::Reach;
using Hosts = std::vector<std::uint32_t>;

config::Config parsed(const std::string& text) {
    auto config = config::parse_text("Listen 127.0.0.1:0\n" + text, "test.conf");
    EXPECT_TRUE(config.has_value()) << config.error().what;
    return config ? std::move(*config) : config::Config{};
}

const config::DaemonGroup& group(const config::Config& config, const std::string& name) {
    for (const config::DaemonGroup& candidate : config.daemon_groups) {
        if (candidate.name == name) {
            return candidate;
        }
    }
    ADD_FAILURE() << name;
    return config.daemon_groups.front();
}

constexpr const char* kTwoHosts =
    "ServerAdmin main@example.com\n"
    "WSGIDaemonProcess blue\n"
    "WSGIDaemonProcess red\n"
    "WSGIScriptAlias /main /srv/main.wsgi\n"
    "<VirtualHost *:80>\n"
    "ServerName a.example.com\n"
    "WSGIProcessGroup blue\n"
    "WSGIScriptAlias /own /srv/own.wsgi process-group=red\n"
    "</VirtualHost>\n"
    "<VirtualHost *:80>\n"
    "ServerName b.example.com\n"
    "ServerAdmin b@example.com\n"
    "</VirtualHost>\n";

TEST(ServerReach, FollowsAliasesAndWhatTheyInherit) {
    const config::Config config = parsed(kTwoHosts);
    const Reach reach(config);
    // The main server's alias is seen by all; each virtual host decides on its group.
    EXPECT_EQ(reach.embedded_hosts(), (Hosts{0, 2}));
    EXPECT_EQ(reach.hosts_of(group(config, "blue")), (Hosts{1}));
    EXPECT_EQ(reach.hosts_of(group(config, "red")), (Hosts{1}));
}

TEST(ServerReach, IsEmptyWhereNothingRuns) {
    const config::Config config = parsed(
        "WSGIDaemonProcess blue\nWSGIDaemonProcess red\nWSGIProcessGroup red\n"
        "WSGIScriptAlias / /srv/x.wsgi process-group=blue\n"
    );
    const Reach reach(config);
    EXPECT_EQ(reach.embedded_hosts(), Hosts{});  // a process that never runs Python stays small
    EXPECT_EQ(reach.hosts_of(group(config, "red")), Hosts{});
    EXPECT_EQ(reach.hosts_of(group(config, "blue")), (Hosts{0}));
}

TEST(ServerReach, GivesTokensAnyGroupThatTheyMayUse) {
    const config::Config config = parsed(
        "WSGIDaemonProcess everyones\n"
        "<VirtualHost *:80>\nServerName a\nWSGIDaemonProcess own\n</VirtualHost>\n"
        "<VirtualHost *:80>\nServerName a\nWSGIScriptAlias / /x process-group=%{SERVER}\n"
        "</VirtualHost>\n"
        "<VirtualHost *:80>\nServerName b\nWSGIScriptAlias / /x process-group=%{HOST}\n"
        "</VirtualHost>\n"
    );
    const Reach reach(config);
    EXPECT_EQ(reach.hosts_of(group(config, "everyones")), (Hosts{2, 3}));
    EXPECT_EQ(reach.hosts_of(group(config, "own")), (Hosts{2}));
    EXPECT_EQ(reach.embedded_hosts(), Hosts{});
}

// A handler may run a script in whatever group the place has, in sections as outside of them.
TEST(ServerReach, SeesHandlersAndGroupsOfSections) {
    config::Config config = parsed(
        "WSGIDaemonProcess blue\nWSGIDaemonProcess red\nWSGIDaemonProcess green\n"
        "<VirtualHost *:80>\nServerName a\nWSGIProcessGroup blue\n</VirtualHost>\n"
    );
    const auto add_section = [&config](config::SectionKind kind) -> config::Section& {
        const auto index = static_cast<std::uint32_t>(config.sections.size());
        config::Section& section = config.sections.emplace_back();
        section.index = index;
        section.kind = kind;
        return section;
    };
    EXPECT_EQ(Reach(config).hosts_of(group(config, "blue")), Hosts{});
    config::Section& location = add_section(config::SectionKind::kLocation);
    location.settings.types = {{"webp", "image/webp"}};
    location.settings.handler = "server-status";
    config.hosts[1].locations = {location.index};
    EXPECT_EQ(Reach(config).hosts_of(group(config, "blue")), Hosts{});
    location.settings.handler = "wsgi-script";
    EXPECT_EQ(Reach(config).hosts_of(group(config, "blue")), (Hosts{1}));
    const std::uint32_t outer = location.index;

    config::Section& files = add_section(config::SectionKind::kFiles);
    files.settings.process_group = "red";
    config.sections[outer].files.push_back(files.index);
    const Reach reach(config);
    EXPECT_EQ(reach.hosts_of(group(config, "red")), (Hosts{1}));
    EXPECT_EQ(reach.hosts_of(group(config, "green")), Hosts{});
    EXPECT_EQ(reach.embedded_hosts(), Hosts{});

    config.sections[outer].settings.allow_override = {config::override_class::kFileInfo, {}};
    EXPECT_EQ(Reach(config).hosts_of(group(config, "green")), (Hosts{1}));
    EXPECT_EQ(Reach(config).embedded_hosts(), (Hosts{1}));
}

TEST(ServerReach, OfTenThousandVirtualHostsIsFoundInNoTime) {
    std::string text = "WSGIScriptAlias /all /srv/all.wsgi\n";
    constexpr int kHosts = 10'000;
    for (int i = 0; i < kHosts; ++i) {
        const std::string name = "h" + std::to_string(i);
        text += "<VirtualHost *:80>\nServerName " + name + "\nWSGIDaemonProcess " + name +
                "\nWSGIProcessGroup %{SERVER}\n</VirtualHost>\n";
    }
    const config::Config config = parsed(text);
    const auto start = std::chrono::steady_clock::now();
    const Reach reach(config);
    std::size_t found = 0;
    for (const config::DaemonGroup& each : config.daemon_groups) {
        found += reach.hosts_of(each).size();
    }
    EXPECT_EQ(found, std::size_t{kHosts});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

// In the order of the file, with the aliases that name both groups.
TEST(ServerReach, PreloadsImportScriptsInTheOrderOfTheFile) {
    const auto config = parsed(
        "WSGIImportScript /1 process-group=%{GLOBAL} application-group=%{GLOBAL}\n"
        "WSGIScriptAlias /a /2 process-group=%{GLOBAL} application-group=x\n"
        "WSGIImportScript /3 process-group=%{GLOBAL} application-group=y\n"
        "WSGIImportScript /4 process-group=%{GLOBAL} application-group=y\n"
    );
    std::string order;
    for (const auto& preload : Reach(config).preloads_of("")) {
        order += preload.script_filename + " " + preload.application_group + ";";
    }
    EXPECT_EQ(order, "/1 ;/2 x;/3 y;/4 y;");
}

// Specification 3.9: a script is loaded at start if its alias names both groups.
TEST(ServerReach, PreloadsWhereBothGroupsAreNamed) {
    const auto preloads = [](const std::string& options, const std::string& group) {
        const config::Config config =
            parsed("WSGIDaemonProcess blue\nWSGIScriptAlias / /srv/x.wsgi " + options + "\n");
        const auto all = Reach(config).preloads_of(group);
        return all.empty() ? std::string("none")
                           : all.front().script_filename + " " + all.front().application_group;
    };
    EXPECT_EQ(preloads("process-group=blue application-group=app", "blue"), "/srv/x.wsgi app");
    EXPECT_EQ(preloads("process-group=blue application-group=app", ""), "none");
    EXPECT_EQ(preloads("process-group=%{GLOBAL} application-group=%{GLOBAL}", ""), "/srv/x.wsgi ");
    EXPECT_EQ(preloads("process-group=blue", "blue"), "none");
    EXPECT_EQ(preloads("application-group=app", ""), "none");
    EXPECT_EQ(preloads("process-group=blue application-group=%{RESOURCE}", "blue"), "none");
    EXPECT_EQ(preloads("process-group=blue application-group=%{HOST}", "blue"), "none");
}

using Environ = std::vector<std::pair<std::string, std::string>>;

TEST(ServerHostEnviron, IsWhatNoRequestChanges) {
    config::Config config = parsed(kTwoHosts);
    config.hosts[1].document_root = "/srv/www";
    EXPECT_EQ(
        server::constant_environ(config, 1),
        (Environ{{"SERVER_ADMIN", "main@example.com"}, {"DOCUMENT_ROOT", "/srv/www"}})
    );
    EXPECT_EQ(server::constant_environ(config, 2), (Environ{{"SERVER_ADMIN", "b@example.com"}}));
}

TEST(ServerHostEnviron, NamesAnAdministratorWhereNoneIsConfigured) {
    const config::Config config = parsed("WSGIScriptAlias / /srv/x.wsgi\n");
    EXPECT_EQ(
        server::constant_environ(config, 0), (Environ{{"SERVER_ADMIN", "[no address given]"}})
    );
}

}  // namespace
