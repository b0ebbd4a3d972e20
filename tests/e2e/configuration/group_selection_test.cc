// Which process and which interpreter serve a request: the specification's cases 46 to 66 (section
// 10.3) and 182 to 184, by their numbers. groups_test.cc looks at what groups are.
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Selection : public E2e {
protected:
    struct Chosen {
        int status = 0;
        std::string process_group;
        std::string application_group;
    };

    Chosen ask(const std::string& target, const std::string& host, std::size_t listener = 0) {
        Client client(server_->address(listener));
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        const Response response = client.read_response();
        auto environ = entries_of(response.body);
        return {
            response.status,
            replace_all(environ["mod_wsgi.process_group"], "'", ""),
            replace_all(environ["mod_wsgi.application_group"], "'", "")};
    }
    Chosen ask(const std::string& target) { return ask(target, "main.example.com"); }
    void expect_process_group(const std::string& target, const std::string& name) {
        const Chosen chosen = ask(target);
        EXPECT_EQ(chosen.status, 200) << target;
        EXPECT_EQ(chosen.process_group, name) << target;
    }
    void expect_refused(const std::string& target, const std::string& line) {
        expect_log(line);
        EXPECT_EQ(ask(target).status, 500) << target;
    }
    void serve_with(const std::string& config) {
        server_ = &start(
            (config.find("ServerName") == std::string::npos ? "ServerName main.example.com\n" : ""
            ) +
            config
        );
    }

    Server* server_ = nullptr;
};

class Named : public Selection, public testing::WithParamInterface<Lane> {
protected:
    void SetUp() override {
        Selection::SetUp();
        prelude_ = GetParam().is_daemon ? "WSGIDaemonProcess app\nWSGIProcessGroup app\n" : "";
    }
};
INSTANTIATE_TEST_SUITE_P(, Named, testing::ValuesIn(both_modes()), name_of);

TEST_P(Named, Case46_TheResourceHasThePortOfTheListener) {
    serve_with("WSGIScriptAlias /gsres ${apps}/shows_environ.py\n");
    const std::string name = "main.example.com:" + server_->port() + "|/gsres";
    EXPECT_EQ(ask("/gsres", server_->address()).application_group, name);
    EXPECT_EQ(ask("/gsres/x", server_->address()).application_group, name);
}

// mod_wsgi takes the port from the Host field; that would let a client make interpreters.
TEST_P(Named, Case47_TheResourceHasTheCanonicalPortWhateverTheHostFieldSays) {
    serve_with("WSGIScriptAlias /gsres ${apps}/shows_environ.py\n");
    const std::string name = "main.example.com:" + server_->port() + "|/gsres";
    EXPECT_EQ(ask("/gsres", "foo:4444").application_group, name);
    EXPECT_EQ(ask("/gsres", "bar").application_group, name);
}

TEST_P(Named, Case48_ThePortsOfHttpAndHttpsAreNoSuffix) {
    for (const char* port : {"80", "443"}) {
        serve_with(
            std::string("ServerName main.example.com:") + port +
            "\nWSGIScriptAlias /gsres ${apps}/shows_environ.py\n"
        );
        for (const char* host : {"main.example.com", "main.example.com:80", "a:443", "a:4444"}) {
            EXPECT_EQ(ask("/gsres", host).application_group, "main.example.com|/gsres") << host;
        }
    }
}

TEST_P(Named, Case49_AnAliasOfAHostHasItsName) {
    serve_with(
        "ServerName main.example.com\n<VirtualHost *:*>\nServerName vh.example.com:80\n"
        "ServerAlias alias.example.com\nWSGIScriptAlias / ${apps}/shows_environ.py\n"
        "</VirtualHost>\n"
    );
    EXPECT_EQ(ask("/", "alias.example.com").application_group, "vh.example.com|");
}

TEST_P(Named, Case50_TheHostIsTheClients) {
    serve_with("WSGIScriptAlias / ${apps}/shows_environ.py application-group=%{HOST}\n");
    EXPECT_EQ(ask("/", "FOO.Example.ORG:99").application_group, "foo.example.org:99");
    EXPECT_EQ(ask("/", "FOO.Example.ORG:80").application_group, "foo.example.org");
}

TEST_P(Named, Case51_TheServerIsNameAndPort) {
    serve_with("WSGIScriptAlias / ${apps}/shows_environ.py application-group=%{SERVER}\n");
    EXPECT_EQ(ask("/").application_group, "main.example.com:" + server_->port());
}

TEST_F(Selection, Case52_VariablesOfTheRequestChoose) {
    serve_with(
        "WSGIDaemonProcess gs\nSetEnvIf Request_URI . PG=gs AG=%{SERVER}\nWSGIScriptAlias / "
        "${apps}/shows_environ.py process-group=%{ENV:PG} application-group=%{ENV:AG}\n"
    );
    const Chosen chosen = ask("/");
    EXPECT_EQ(chosen.process_group, "gs");
    EXPECT_EQ(chosen.application_group, "main.example.com:" + server_->port());
}

// Section 4.4: SetEnv comes late, and early enough; names know no case; the process comes last.
TEST_F(Selection, Case52_VariablesOfTheServerChooseToo) {
    environment_["HOOPSNAKE_TEST_GROUP"] = "of-the-process";
    serve_with(
        "WSGIDaemonProcess gs\nSetEnv LATE gs\nWSGIScriptAlias /late ${apps}/shows_environ.py "
        "process-group=%{ENV:late}\nWSGIScriptAlias /process ${apps}/shows_environ.py "
        "application-group=%{ENV:HOOPSNAKE_TEST_GROUP}\n"
    );
    expect_process_group("/late", "gs");
    EXPECT_EQ(ask("/process").application_group, "of-the-process");
}

// mod_wsgi runs an interpreter of that strange name.
TEST_P(Named, Case53_AnApplicationGroupThatIsNotSetIsAnError) {
    serve_with("WSGIScriptAlias / ${apps}/shows_environ.py application-group=%{ENV:NOPE}\n");
    expect_refused("/", "NOPE");
}

TEST_F(Selection, Case54_AProcessGroupThatIsNotSetIsAnError) {
    serve_with(
        "WSGIDaemonProcess gs\nWSGIScriptAlias / ${apps}/shows_environ.py "
        "process-group=%{ENV:NOPE}\n"
    );
    expect_refused("/", "NOPE");
}

TEST_F(Selection, Case54_AProcessGroupThatNobodyDefinedIsAnError) {
    serve_with(
        "WSGIDaemonProcess gs\nSetEnv PG unknown\nWSGIScriptAlias / ${apps}/shows_environ.py "
        "process-group=%{ENV:PG}\n"
    );
    expect_refused("/", "No WSGI daemon process called 'unknown' has been configured");
}

TEST_F(Selection, Case55_AGroupOfAnotherHostIsRefused) {
    serve_with(
        "ServerName main.example.com\nSetEnv PG mine\n"
        "<VirtualHost *:*>\nServerName other\nWSGIScriptAlias / ${apps}/shows_environ.py "
        "process-group=%{ENV:PG}\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName mine\nWSGIDaemonProcess mine\nWSGIScriptAlias / "
        "${apps}/shows_environ.py process-group=%{ENV:PG}\n</VirtualHost>\n"
    );
    expect_log("'mine' cannot be accessed by this WSGI application");
    EXPECT_EQ(ask("/", "other").status, 500);
    EXPECT_EQ(ask("/", "mine").process_group, "mine");
}

TEST_F(Selection, Case55_AGroupOfAHostIsRefusedToTheMainServer) {
    serve_with(
        "Listen 127.0.0.1:0\nServerName main.example.com\nSetEnv PG mine\nWSGIScriptAlias / "
        "${apps}/shows_environ.py process-group=%{ENV:PG}\n"
        "<VirtualHost 127.0.0.1:1>\nServerName mine\nWSGIDaemonProcess mine\n</VirtualHost>\n"
    );
    expect_refused("/", "'mine' cannot be accessed by this WSGI application");
}

TEST_F(Selection, Case56_HostsOfOneServerNameShareTheirGroups) {
    serve_with(
        "Listen 127.0.0.1:0\nListen [::1]:0\n"
        "<VirtualHost 127.0.0.1:*>\nServerName www.site.com\nWSGIDaemonProcess site\n"
        "WSGIScriptAlias / ${apps}/shows_environ.py process-group=site\n</VirtualHost>\n"
        "<VirtualHost [::1]:*>\nServerName www.site.com\n"
        "WSGIScriptAlias / ${apps}/shows_environ.py process-group=site\n</VirtualHost>\n"
    );
    EXPECT_EQ(ask("/", "www.site.com", 0).process_group, "site");
    EXPECT_EQ(ask("/", "www.site.com", 1).process_group, "site");
}

TEST_F(Selection, Case57_ARestrictionHoldsForEmbeddedModeToo) {
    serve_with(
        "WSGIDaemonProcess gs\nWSGIScriptAlias / ${apps}/shows_environ.py\n"
        "<Location />\nWSGIRestrictProcess gs\n</Location>\n"
    );
    expect_refused("/", "not a member of allowed groups|WSGIRestrictProcess");
}

TEST_F(Selection, Case58_ARestrictionKnowsNoCase) {
    serve_with(
        "WSGIDaemonProcess gs\nWSGIDaemonProcess dp2\nWSGIScriptAlias / ${apps}/shows_environ.py\n"
        "WSGIProcessGroup gs\nWSGIRestrictProcess GS other\n"
        "<Location /dp2>\nWSGIProcessGroup dp2\n</Location>\n"
        "<Location /free>\nWSGIProcessGroup dp2\nWSGIRestrictProcess dp2\n</Location>\n"
    );
    expect_process_group("/", "gs");
    expect_process_group("/free", "dp2");
    expect_refused("/dp2", "dp2");
}

TEST_F(Selection, Case59_EmbeddedModeCanBeForbidden) {
    serve_with(
        "WSGIDaemonProcess gs\nWSGIRestrictEmbedded On\n"
        "WSGIScriptAlias /embedded ${apps}/shows_environ.py\n"
        "WSGIScriptAlias /daemon ${apps}/shows_environ.py process-group=gs\n"
    );
    expect_refused("/embedded", "[Ee]mbedded");
    expect_process_group("/daemon", "gs");
}

TEST_F(Selection, Case60_ALocationWinsOverADirectory) {
    copy_app("shows_environ.py");
    serve_with(
        "WSGIDaemonProcess a\nWSGIDaemonProcess b\nWSGIScriptAlias / ${tmp}/shows_environ.py\n"
        "<Location /b>\nWSGIProcessGroup b\n</Location>\n"
        "<Directory ${tmp}>\nWSGIProcessGroup a\n</Directory>\n"
    );
    expect_process_group("/a", "a");
    expect_process_group("/b", "b");
}

TEST_F(Selection, Case61_AnOptionOfTheMountWinsOverALocation) {
    serve_with(
        "WSGIDaemonProcess a\nWSGIDaemonProcess b\n"
        "WSGIScriptAlias / ${apps}/shows_environ.py process-group=a\n"
        "<Location />\nWSGIProcessGroup b\n</Location>\n"
    );
    expect_process_group("/", "a");
}

// The example of mod_wsgi's WSGIProcessGroup, as it is printed there.
TEST_F(Selection, Case65_ADatabaseChoosesTheProcessGroup) {
    const std::string command = "/usr/bin/python3 " HOOPSNAKE_SOURCE_DIR
                                "/tests/differential/apr_dbm.py " +
                                (tmp() / "wsgiprocmap.dbm") + " /one gs /two dp2 /bad unknown";
    ASSERT_EQ(std::system(command.c_str()), 0);
    serve_with(
        "WSGIDaemonProcess gs\nWSGIDaemonProcess dp2\nRewriteEngine On\n"
        "RewriteMap wsgiprocmap dbm:${tmp}/wsgiprocmap.dbm\n"
        "RewriteRule . - [E=PROCESS_GROUP:${wsgiprocmap:%{REQUEST_URI}}]\n\n"
        "WSGIProcessGroup %{ENV:PROCESS_GROUP}\nWSGIScriptAlias / ${apps}/shows_environ.py\n"
    );
    expect_process_group("/one", "gs");
    expect_process_group("/two", "dp2");
    expect_process_group("/other", "");
    expect_refused("/bad", "No WSGI daemon process called 'unknown'");
}

// The same with a map that a person can write.
TEST_F(Selection, Case65_ARewriteMapChoosesTheProcessGroup) {
    write_file(tmp() / "wsgiprocmap", "/one gs\n/two dp2\n/bad unknown\n");
    serve_with(
        "WSGIDaemonProcess gs\nWSGIDaemonProcess dp2\nRewriteEngine On\n"
        "RewriteMap wsgiprocmap txt:${tmp}/wsgiprocmap\n"
        "RewriteRule . - [E=PROCESS_GROUP:${wsgiprocmap:%{REQUEST_URI}}]\n\n"
        "WSGIProcessGroup %{ENV:PROCESS_GROUP}\nWSGIScriptAlias / ${apps}/shows_environ.py\n"
    );
    expect_process_group("/one", "gs");
    expect_process_group("/two", "dp2");
    expect_process_group("/other", "");
    expect_refused("/bad", "No WSGI daemon process called 'unknown'");
}

// The example of mod_wsgi's WSGIRestrictProcess, for users that this machine has.
class BobAndJoe : public Selection {
protected:
    void SetUp() override {
        Selection::SetUp();
        std::filesystem::create_directories(tmp() / "home/bob/public_html");
        for (const char* name : {"plain", "blog", "wiki", "steals"}) {
            copy_app("shows_environ.py", std::string("home/bob/public_html/") + name + ".wsgi");
        }
        write_htaccess(
            "<Files blog.wsgi>\nSetEnv PROCESS_GROUP bob:2\n</Files>\n\n"
            "<Files wiki.wsgi>\nSetEnv PROCESS_GROUP bob:3\n</Files>\n"
        );
        serve_with(
            "ServerName main.example.com\n"
            "WSGIDaemonProcess default processes=2 threads=25\n\n<VirtualHost *:*>\n"
            "ServerName www.site.com\n\nWSGIDaemonProcess bob:1 threads=25\n"
            "WSGIDaemonProcess bob:2 threads=25\nWSGIDaemonProcess bob:3 threads=25\n\n"
            "WSGIDaemonProcess joe:1 threads=25\nWSGIDaemonProcess joe:2 threads=25\n"
            "WSGIDaemonProcess joe:3 threads=25\n\nSetEnv PROCESS_GROUP default\n"
            "WSGIProcessGroup %{ENV:PROCESS_GROUP}\n\nAlias /bob ${tmp}/home/bob/public_html\n"
            "WSGIScriptAlias /app ${apps}/shows_environ.py\n"
            "<Directory ${tmp}/home/bob/public_html>\nOptions ExecCGI\nAllowOverride FileInfo\n"
            "AddHandler wsgi-script .wsgi\nWSGIRestrictProcess bob:1 bob:2 bob:3\n"
            "SetEnv PROCESS_GROUP bob:1\n</Directory>\n</VirtualHost>\n"
        );
    }
    void write_htaccess(const std::string& text) {
        write_file(tmp() / "home/bob/public_html/.htaccess", text);
    }
};

TEST_F(BobAndJoe, Case66_AUserChoosesAmongHisGroups) {
    expect_process_group("/app", "default");
    expect_process_group("/bob/plain.wsgi", "bob:1");
    expect_process_group("/bob/blog.wsgi/x", "bob:2");
    expect_process_group("/bob/wiki.wsgi", "bob:3");
}

TEST_F(BobAndJoe, Case66_AUserCannotChooseAnothersGroup) {
    write_htaccess("<Files steals.wsgi>\nSetEnv PROCESS_GROUP joe:1\n</Files>\n");
    expect_refused("/bob/steals.wsgi", "joe:1");
    expect_process_group("/bob/plain.wsgi", "bob:1");
}

TEST_F(BobAndJoe, Case66_AUserCannotLeaveHisGroupsForTheServer) {
    write_htaccess("SetEnv PROCESS_GROUP %{GLOBAL}\n");
    allow_log(R"(:error\].*\[client )");
    EXPECT_EQ(ask("/bob/plain.wsgi").status, 500);
}

// What a user writes counts at once, and what he takes back too.
TEST_F(BobAndJoe, Case66_AUserIsHeardWithoutARestart) {
    expect_process_group("/bob/plain.wsgi", "bob:1");
    write_htaccess("SetEnv PROCESS_GROUP bob:3\n");
    EXPECT_TRUE(eventually([&] { return ask("/bob/plain.wsgi").process_group == "bob:3"; }));
    std::filesystem::remove(tmp() / "home/bob/public_html/.htaccess");
    EXPECT_TRUE(eventually([&] { return ask("/bob/plain.wsgi").process_group == "bob:1"; }));
}

// The example of mod_wsgi's WSGIApplicationGroup; /home stands below ${tmp}.
TEST_P(Named, Case182_AUserHasAnInterpreter) {
    for (const char* user : {"bob", "joe"}) {
        const std::string scripts = std::string("home/") + user + "/public_html/wsgi-scripts";
        std::filesystem::create_directories(tmp() / scripts);
        copy_app("shows_environ.py", scripts + "/app.wsgi");
    }
    serve_with(
        "RewriteEngine On\nRewriteCond %{REQUEST_URI} ^/~([^/]+)\n"
        "RewriteRule . - [E=APPLICATION_GROUP:~%1]\nUserDir ${tmp}/home/*/public_html\n"
        "<Directory ${tmp}/home/*/public_html/wsgi-scripts/>\nOptions ExecCGI\n"
        "SetHandler wsgi-script\nWSGIApplicationGroup %{ENV:APPLICATION_GROUP}\n</Directory>\n"
    );
    EXPECT_EQ(ask("/~bob/wsgi-scripts/app.wsgi").application_group, "~bob");
    EXPECT_EQ(ask("/~joe/wsgi-scripts/app.wsgi/x").application_group, "~joe");
}

TEST_F(Selection, Case183_AMapIsReadAgainWhenItHasChanged) {
    write_file(tmp() / "live.txt", "current gs\n");
    serve_with(
        "WSGIDaemonProcess gs\nWSGIDaemonProcess dp2\nRewriteEngine On\n"
        "RewriteMap live txt:${tmp}/live.txt\nRewriteRule . - [E=PG:${live:current|dp2}]\n"
        "WSGIScriptAlias / ${apps}/shows_environ.py process-group=%{ENV:PG}\n"
    );
    expect_process_group("/", "gs");
    write_file(tmp() / "live.txt", "other gs\n");
    EXPECT_TRUE(eventually([&] { return ask("/").process_group == "dp2"; }));
    write_file(tmp() / "live.txt", "current gs\n");
    EXPECT_TRUE(eventually([&] { return ask("/").process_group == "gs"; }));
}

// The specification's name has no suffix because mod_wsgi asks the Host field for the port.
TEST_F(Selection, Case184_AGroupOfAHostServesItsOtherListener) {
    serve_with(
        "Listen 127.0.0.1:0\nListen 127.0.0.1:0\n"
        "<VirtualHost *:*>\nServerName www.site.com:80\nWSGIDaemonProcess site\n"
        "WSGIScriptAlias / ${apps}/shows_environ.py process-group=site\n</VirtualHost>\n"
    );
    const Chosen chosen = ask("/", "www.site.com", 1);
    EXPECT_EQ(chosen.process_group, "site");
    EXPECT_EQ(chosen.application_group, "www.site.com|");
}

}  // namespace
}  // namespace test
