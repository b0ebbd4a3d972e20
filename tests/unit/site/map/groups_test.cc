// What the mapper makes of process and application groups (specification of mod_wsgi, section 4).
#include "core/site/map/mapper.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/config/configuration_parser.h"
#include "tests/unit/site/script_tree.h"

namespace test {
namespace {

class SiteGroups : public ScriptTree {};

// Section 4.3: names of application groups.
std::string application_group(const Mapper& mapper, const Question& question) {
    request::Route route;
    const auto outcome = mapper.map(question, route);
    return outcome.is_script() ? route.application_group : "refused: " + outcome.reason;
}

TEST_F(SiteGroups, NamesApplicationGroupsAfterTheResource) {
    const auto map = mapper(kMounts);
    EXPECT_EQ(application_group(map, path("/emb/x")), "main.example.com|/emb");
    EXPECT_EQ(application_group(map, path("/dir/one.wsgi/x")), "main.example.com|/dir/one.wsgi");
    EXPECT_EQ(
        application_group(mapper("WSGIScriptAlias / $/probe.py\n"), path("/x")), "main.example.com|"
    );
}

TEST_F(SiteGroups, TakesThePortOfTheNameOrOfTheListenerNotOfTheClient) {
    const auto group = [&](const Mapper& map, std::uint16_t port) {
        return application_group(
            map, {.host = 0, .path = "/emb", .authority = "foo:4444", .local_port = port}
        );
    };
    const auto map = mapper(kMounts);
    EXPECT_EQ(group(map, 18980), "main.example.com:18980|/emb");  // 46, 47
    EXPECT_EQ(group(map, 80), "main.example.com|/emb");           // 48
    EXPECT_EQ(group(map, 443), "main.example.com|/emb");
    EXPECT_EQ(group(mapper(std::string("ServerName n:81\n") + kMounts), 18980), "n:81|/emb");
    EXPECT_EQ(group(mapper(std::string("ServerName n:443\n") + kMounts), 18980), "n|/emb");
}

TEST_F(SiteGroups, CompletesNamesOfApplicationGroups) {
    const auto map = mapper(
        "WSGIScriptAlias /global $/probe.py application-group=%{GLOBAL}\n"
        "WSGIScriptAlias /server $/probe.py application-group=%{SERVER}\n"
        "WSGIScriptAlias /host $/probe.py application-group=%{HOST}\n"
        "WSGIScriptAlias /literal $/probe.py application-group=foo-%{SERVER}\n"
    );
    const auto group = [&](std::string_view asked, std::string_view authority) {
        return application_group(
            map, {.host = 0, .path = asked, .authority = authority, .local_port = 18980}
        );
    };
    EXPECT_EQ(group("/global", "a"), "");
    EXPECT_EQ(group("/server", "a"), "main.example.com:18980");             // 51
    EXPECT_EQ(group("/host", "FOO.Example.ORG:99"), "foo.example.org:99");  // 50
    EXPECT_EQ(group("/host", "foo:443"), "foo");
    EXPECT_EQ(group("/host", "foo"), "foo");
    EXPECT_EQ(group("/host", ""), "main.example.com:18980");
    EXPECT_EQ(group("/literal", "a"), "foo-%{SERVER}");
}

TEST_F(SiteGroups, LetsNoOtherTextOfAClientIntoAName) {  // T-52
    const auto map = mapper("WSGIApplicationGroup %{HOST}\nWSGIScriptAlias / $/probe.py\n");
    for (const std::string& authority :
         {std::string("a b"),
          std::string("a/b"),
          std::string("%{GLOBAL}"),
          std::string("a\nb"),
          std::string("a\xff"),
          std::string(300, 'a')}) {
        EXPECT_EQ(
            refusal(map, {.host = 0, .path = "/", .authority = authority, .local_port = 80}).status,
            400
        ) << authority;
    }
}

TEST_F(SiteGroups, LetsOptionsBeatTheVirtualHostAndThatTheMainServer) {
    const auto map = mapper(
        "WSGIDaemonProcess main\nWSGIDaemonProcess own\nWSGIProcessGroup main\nWSGICallableObject "
        "c0\n"
        "WSGIApplicationGroup a0\nWSGIPassAuthorization On\n"
        "WSGIScriptAlias /main $/probe.py\n"
        "WSGIScriptAlias /options $/probe.py process-group=%{GLOBAL} application-group=a2 "
        "callable-object=c2 "
        "pass-authorization=Off\n"
        "<VirtualHost *>\nWSGIProcessGroup own\nWSGICallableObject c1\n</VirtualHost>\n"
    );
    const auto check = [&](std::uint32_t host,
                           std::string_view asked,
                           const std::vector<std::string>& expected,
                           bool passes) {
        request::Route found;
        const auto outcome =
            map.map({.host = host, .path = asked, .authority = "", .local_port = 80}, found);
        EXPECT_TRUE(outcome.is_script()) << outcome.reason;
        EXPECT_EQ(
            (std::vector{found.process_group, found.application_group, found.callable}), expected
        ) << asked;
        EXPECT_EQ(outcome.pass_authorization, passes) << asked;
    };
    check(0, "/main", {"main", "a0", "c0"}, true);
    check(1, "/main", {"own", "a0", "c1"}, true);
    check(1, "/options", {"", "a2", "c2"}, false);
}

TEST_F(SiteGroups, RunsEmbeddedTheApplicationInItsOwnGroupByDefault) {
    request::Route found;
    const auto outcome = mapper(kMounts).map(path("/emb"), found);
    EXPECT_TRUE(outcome.is_script());
    EXPECT_EQ(found.process_group, "");
    EXPECT_EQ(found.callable, "application");
    EXPECT_FALSE(outcome.pass_authorization);
}

TEST_F(SiteGroups, RefusesProcessGroupsThatDoNotExist) {
    const auto map = mapper(
        "WSGIDaemonProcess foo\nWSGIDaemonProcess main.example.com\n"
        "WSGIScriptAlias /host $/probe.py process-group=%{HOST}\n"
        "WSGIScriptAlias /server $/probe.py process-group=%{SERVER}\n"
    );
    const auto asked = [&](std::string_view target, std::string_view authority, std::uint16_t port
                       ) {
        request::Route found;
        const auto outcome =
            map.map({.host = 0, .path = target, .authority = authority, .local_port = port}, found);
        return outcome.is_script() ? found.process_group
                                   : std::to_string(outcome.status) + " " + outcome.reason;
    };
    EXPECT_EQ(asked("/host", "FOO", 80), "foo");
    EXPECT_EQ(
        asked("/host", "bar", 80), "500 No WSGI daemon process called 'bar' has been configured."
    );
    EXPECT_EQ(asked("/server", "bar", 80), "main.example.com");
    EXPECT_EQ(
        asked("/server", "bar", 81),
        "500 No WSGI daemon process called 'main.example.com:81' has been configured."
    );
}

// Section 4.6, rule 5; cases 55 and 56.
TEST_F(SiteGroups, RefusesProcessGroupsOfOtherServers) {
    const auto map = mapper(
        "WSGIScriptAlias / $/probe.py process-group=%{HOST}\n"
        "<VirtualHost *:80>\nServerName a\nWSGIDaemonProcess group\n</VirtualHost>\n"
        "<VirtualHost *:81>\nServerName a\n</VirtualHost>\n<VirtualHost *:82>\nServerName "
        "b\n</VirtualHost>\n"
    );
    const auto status = [&](std::uint32_t host) {
        return refusal(map, {.host = host, .path = "/", .authority = "group", .local_port = 80})
            .status;
    };
    EXPECT_EQ(status(0), 500);
    EXPECT_EQ(status(1), 200);
    EXPECT_EQ(status(2), 200);
    EXPECT_EQ(status(3), 500);
    EXPECT_EQ(
        refusal(map, {.host = 3, .path = "/", .authority = "group", .local_port = 80}).reason,
        "Daemon process called 'group' cannot be accessed by this WSGI application."
    );
}

}  // namespace
}  // namespace test
