#include "core/config/configuration_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/config/dump.h"

namespace {

using config::Config;
using std::chrono::seconds;

Config parsed(std::string_view text) {
    auto config = config::parse_text(std::string("Listen 8000\n").append(text), "site.conf");
    EXPECT_TRUE(config) << config.error().what;
    return config ? *std::move(config) : Config();
}

// Without the "Listen" that parsed() writes in front.
std::string error_of(std::string_view text) {
    const auto config = config::parse_text(text, "site.conf");
    EXPECT_FALSE(config) << text;
    return config ? std::string() : config.error().what;
}

// Who reads it wants to know where it stands.
TEST(ConfigParser, QuotesNoLongLineInFull) {
    const std::string error = error_of("Listen " + std::string(10'000'000, 'x') + "\n");
    EXPECT_LT(error.size(), 10'000U);
    EXPECT_TRUE(error.starts_with("site.conf:1: Listen")) << error;
}

TEST(ConfigParser, HasTheDefaultsWhereNothingIsWritten) {
    const auto config = parsed("");
    ASSERT_EQ(config.hosts.size(), 1U);
    const auto settings = config::merged_settings(config, 0);
    const auto base = config::base_settings(config, 0);
    EXPECT_EQ(base.process_group, "%{GLOBAL}");
    EXPECT_EQ(base.application_group, "%{RESOURCE}");
    EXPECT_EQ(base.callable, "application");
    EXPECT_EQ(base.pass_authorization, false);
    EXPECT_EQ(settings.timeout, seconds(60));
    EXPECT_EQ(settings.keep_alive, true);
    EXPECT_EQ(settings.keep_alive_timeout, seconds(5));
    EXPECT_EQ(settings.log_level, base::LogLevel::kWarn);
    EXPECT_FALSE(settings.error_log);
}

TEST(ConfigParser, ReadsAddressesToListenOn) {
    const auto config = parsed("listen 127.0.0.1:0\nLISTEN [::1]:80 http\nListen *:81\n");
    ASSERT_EQ(config.listeners.size(), 4U);
    EXPECT_EQ(config.listeners[0].host, "");
    EXPECT_EQ(config.listeners[0].port, 8000);
    EXPECT_EQ(config.listeners[1].host, "127.0.0.1");
    EXPECT_EQ(config.listeners[1].port, 0);
    EXPECT_EQ(config.listeners[2].host, "::1");
    EXPECT_EQ(config.listeners[2].place.text(), "site.conf:3");
    EXPECT_EQ(config.listeners[3].host, "");
}

TEST(ConfigParser, LetsVirtualHostsInherit) {
    const auto config = parsed(
        "ServerName main:81\nKeepAliveTimeout 7\nTimeout 9\nCustomLog /m "
        "common\nWSGICallableObject app\n"
        "<VirtualHost *:80 10.0.0.1:*>\nTimeout 11\nKeepAlive Off\n</VirtualHost>\n"
        "<virtualhost _default_>\nServerName own\nServerAlias a b\nServerAlias *.c\nCustomLog /v "
        "combined\n</VIRTUALHOST>\n"
    );
    ASSERT_EQ(config.hosts.size(), 3U);
    EXPECT_EQ(config.hosts[1].addresses, (std::vector<std::string>{"*:80", "10.0.0.1:*"}));
    EXPECT_EQ(config.hosts[1].server_name, "main");
    EXPECT_EQ(config.hosts[1].server_name_port, 81);
    EXPECT_EQ(config.hosts[2].server_name, "own");
    EXPECT_EQ(config.hosts[2].server_name_port, 0);
    EXPECT_EQ(config.hosts[2].server_aliases, (std::vector<std::string>{"a", "b", "*.c"}));
    const auto first = config::merged_settings(config, 1);
    EXPECT_EQ(first.timeout, seconds(11));
    EXPECT_EQ(first.keep_alive, false);
    EXPECT_EQ(first.keep_alive_timeout, seconds(7));
    EXPECT_EQ(config::base_settings(config, 1).callable, "app");
    EXPECT_EQ(first.access_logs.at(0).path, "/m");
    const auto second = config::merged_settings(config, 2);
    ASSERT_EQ(second.access_logs.size(), 1U);
    EXPECT_EQ(second.access_logs[0].path, "/v");
    EXPECT_EQ(second.timeout, seconds(9));
}

TEST(ConfigParser, ReadsADaemonGroup) {
    const auto config = parsed(
        "User www-data\nWSGIDaemonProcess plain\n"
        "<VirtualHost *>\nWSGIDaemonProcess g:1 processes=1 threads=5 user=#1000 group=staff "
        "home=/srv python-path=/a:/b "
        "python-home=/venv display-name='%{GROUP}' stack-size=524288 send-buffer-size=512 "
        "receive-buffer-size=0\n"
        "</VirtualHost>\n"
    );
    ASSERT_EQ(config.daemon_groups.size(), 2U);
    const auto& plain = config.daemon_groups[0];
    EXPECT_EQ(plain.processes, 1);
    EXPECT_FALSE(plain.processes_given);
    EXPECT_EQ(plain.threads, 15);
    EXPECT_EQ(plain.user, "");
    const auto& group = config.daemon_groups[1];
    EXPECT_EQ(group.name, "g:1");
    EXPECT_EQ(group.host, 1U);
    EXPECT_EQ(group.index, 1U);
    EXPECT_TRUE(group.processes_given);
    EXPECT_EQ(group.threads, 5);
    EXPECT_EQ(group.user, "#1000");
    EXPECT_EQ(group.group, "staff");
    EXPECT_EQ(group.home, "/srv");
    EXPECT_EQ(group.python_path, (std::vector<std::string>{"/a", "/b"}));
    EXPECT_EQ(group.python_home, "/venv");
    EXPECT_EQ(group.display_name, "%{GROUP}");
    EXPECT_EQ(group.stack_size, 524288U);
    EXPECT_EQ(group.send_buffer_size, 512U);
    EXPECT_EQ(group.receive_buffer_size, 0U);
    EXPECT_EQ(config.user_place.line, 2);
}

TEST(ConfigParser, TakesTheLastOfARepeatedOption) {
    EXPECT_EQ(parsed("WSGIDaemonProcess g threads=2 threads=3\n").daemon_groups.at(0).threads, 3);
}

TEST(ConfigParser, ReadsAScriptAlias) {
    const auto config = parsed(
        "WSGIDaemonProcess g\nWSGIScriptAlias /a /srv/a.wsgi\n"
        "<VirtualHost *>\nWSGIScriptAlias /b \"/srv/b c/\" process-group=g "
        "application-group=%{GLOBAL} callable-object=app "
        "pass-authorization=oN\n</VirtualHost>\n"
    );
    ASSERT_EQ(config.mounts.size(), 2U);
    EXPECT_EQ(config.hosts[0].mounts, (std::vector<std::uint32_t>{0}));
    EXPECT_EQ(config.hosts[1].mounts, (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(config.mounts[0].target, "/srv/a.wsgi");
    EXPECT_FALSE(config.mounts[0].process_group);
    const auto& mount = config.mounts[1];
    EXPECT_EQ(mount.index, 1U);
    EXPECT_EQ(mount.url_path, "/b");
    EXPECT_EQ(mount.target, "/srv/b c/");
    EXPECT_EQ(mount.process_group, "g");
    EXPECT_EQ(mount.application_group, "%{GLOBAL}");
    EXPECT_EQ(mount.callable, "app");
    EXPECT_EQ(mount.pass_authorization, true);
}

TEST(ConfigParser, LetsTheLevelOfOurModuleBeatThePlainOne) {
    const auto level = [](std::string_view text) {
        return config::merged_settings(parsed(text), 0).log_level;
    };
    EXPECT_EQ(level("LogLevel info\n"), base::LogLevel::kInfo);
    EXPECT_EQ(level("LogLevel wsgi:debug error\n"), base::LogLevel::kDebug);
    EXPECT_EQ(level("LogLevel error wsgi_module:debug ssl:crit\n"), base::LogLevel::kDebug);
    EXPECT_EQ(level("LogLevel ssl:crit\n"), base::LogLevel::kWarn);
}

// Names are resolved when the whole file has been read.
TEST(ConfigParser, FindsGroupsThatAreDefinedLater) {
    const auto config = parsed(
        "WSGIProcessGroup late\nWSGIScriptAlias / /a process-group=late\nWSGIDaemonProcess late\n"
    );
    EXPECT_EQ(config::base_settings(config, 0).process_group, "late");
}

// Specification of mod_wsgi, section 4.6, rule 5.
TEST(ConfigParser, SharesAGroupBetweenHostsOfTheSameName) {
    const auto config = parsed(
        "<VirtualHost *:80>\nServerName a\nWSGIDaemonProcess g\n</VirtualHost>\n"
        "<VirtualHost *:443>\nServerName a\nWSGIProcessGroup g\n</VirtualHost>\n"
    );
    EXPECT_TRUE(config::may_use(config, config.daemon_groups.at(0), 2));
    EXPECT_FALSE(config::may_use(config, config.daemon_groups.at(0), 0));
    EXPECT_EQ(
        error_of("Listen 80\nServerName m\nWSGIProcessGroup g\n<VirtualHost *:80>\nServerName "
                 "a\nWSGIDaemonProcess g\n</VirtualHost>\n"),
        "site.conf:3: WSGIProcessGroup: Daemon process called 'g' cannot be accessed by this WSGI "
        "application; it is defined at "
        "site.conf:6 for the ServerName \"a\", and this is the ServerName \"m\"; define it outside "
        "of <VirtualHost> to share it"
    );
}

TEST(ConfigParser, MountsAModule) {
    auto config = parsed("");
    config::add_module_mount(config, "/", "package.module:app");
    ASSERT_EQ(config.mounts.size(), 1U);
    EXPECT_TRUE(config.mounts[0].is_module);
    EXPECT_EQ(config.hosts[0].mounts, (std::vector<std::uint32_t>{0}));
}

TEST(ConfigParser, ReportsAHundredProblemsAndCountsTheRest) {
    std::string text = "Listen 80\n";
    for (int i = 0; i < 103; ++i) {
        text += "Nonsense\n";
    }
    const auto error = error_of(text);
    EXPECT_TRUE(error.starts_with("site.conf:2: unknown directive \"Nonsense\"\nsite.conf:3: "))
        << error;
    EXPECT_TRUE(
        error.ends_with("site.conf:101: unknown directive \"Nonsense\"\nsite.conf: and 3 more")
    ) << error;
}

TEST(ConfigParser, SaysThatAFileCannotBeRead) {
    const auto config = config::parse_file("/nonexistent/site.conf");
    ASSERT_FALSE(config);
    EXPECT_EQ(
        config.error().what,
        "cannot read the configuration file /nonexistent/site.conf: No such file or directory"
    );
    const auto directory = config::parse_file("/");
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().what, "cannot read the configuration file /: Is a directory");
}

TEST(ConfigParser, StartsRelativePathsAtTheFile) {
    const auto directory = std::filesystem::path(testing::TempDir()) / "config_parser_test";
    std::filesystem::create_directory(directory);
    const auto file = directory / "site.conf";
    std::ofstream(file
    ) << "Listen 80\nErrorLog logs/e\nPidFile /run/p\nWSGIScriptAlias / app.wsgi\n";
    const auto config = config::parse_file(file.string());
    std::filesystem::remove_all(directory);
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_EQ(config->hosts[0].settings.error_log, (directory / "logs/e").string());
    EXPECT_EQ(config->pid_file, "/run/p");
    EXPECT_EQ(config->mounts.at(0).target, (directory / "app.wsgi").string());
    EXPECT_EQ(config->mounts[0].place.text(), file.string() + ":4");
}

TEST(ConfigParser, ReadsLongPaths) {  // T-51
    const std::string path = "/" + std::string(100'000, 'x');
    EXPECT_EQ(parsed("WSGIScriptAlias " + path + " " + path + "\n").mounts.at(0).target, path);
}

TEST(ConfigParser, ReadsItsOwnDump) {
    const auto config = parsed(
        "WSGIDaemonProcess 'a b' display-name='it\\'s \"me\"' processes=1\nServerName m:8080\n"
        "<VirtualHost *:80>\nWSGIScriptAlias / '/srv/a b'\nWSGIProcessGroup 'a b'\n</VirtualHost>\n"
    );
    const auto text = config::dump(config);
    const auto again = config::parse_text(text, "dump");
    ASSERT_TRUE(again) << again.error().what << "\n" << text;
    EXPECT_EQ(config::dump(*again), text);
    EXPECT_EQ(again->daemon_groups.at(0).display_name, "it's \"me\"");
}

}  // namespace
