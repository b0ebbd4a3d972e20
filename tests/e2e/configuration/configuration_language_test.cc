// The configuration language, as `hoopsnake -t` and requests see it: the specification's cases 1 to
// 24 (section 10.1) by their numbers, and what makes up a file beside directives.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

// Tests files with -t. Every file begins with a Listen, so what a test writes begins in line 2.
class ConfigurationLanguage : public E2e {
protected:
    Outcome check(const std::string& config) {
        write_file(
            tmp() / "site.conf",
            substitute("Listen 127.0.0.1:0\n" + config + as_root_if_root(config))
        );
        return run({"-t", "-f", "${tmp}/site.conf"});
    }
    void expect_accepted(const std::string& config) {
        const Outcome outcome = check(config);
        EXPECT_EQ(outcome.exit_code, 0) << config << outcome.err;
    }
    // Accepted, with a line that matches.
    void expect_remark(const std::string& config, const std::string& expression) {
        const Outcome outcome = check(config);
        EXPECT_EQ(outcome.exit_code, 0) << config << outcome.err;
        EXPECT_TRUE(any_line_matches(outcome.err + outcome.out, expression))
            << expression << "\n"
            << outcome.out << outcome.err;
    }
    void expect_refused(const std::string& config, const std::string& expression) {
        const Outcome outcome = check(config);
        EXPECT_GT(outcome.exit_code, 0) << config;
        EXPECT_TRUE(any_line_matches(outcome.err + outcome.out, expression))
            << config << expression << "\n"
            << outcome.out << outcome.err;
    }
};

TEST_F(ConfigurationLanguage, Case1_OnAndOffHaveNoCase) {
    expect_accepted("WSGIScriptReloading oFF\n");
    expect_accepted("WSGIScriptReloading ON\nKeepAlive on\n");
}

TEST_F(ConfigurationLanguage, Case2_OnAndOffAreTheOnlyOnes) {
    expect_refused(
        "WSGIScriptReloading maybe\n", R"(site\.conf:2: WSGIScriptReloading: .*(On|Off))"
    );
}

TEST_F(ConfigurationLanguage, Case3_AGlobalDirectiveInAHost) {
    expect_refused(
        "<VirtualHost *:80>\nWSGIPythonHome /usr\n</VirtualHost>\n",
        R"(site\.conf:3: WSGIPythonHome: .*VirtualHost)"
    );
}

TEST_F(ConfigurationLanguage, Case4_AMountInADirectory) {
    expect_refused(
        "<Directory /srv>\nWSGIScriptAlias /x ${apps}/hello.py\n</Directory>\n",
        R"(site\.conf:3: WSGIScriptAlias: .*Directory)"
    );
    expect_refused(
        "<Location /x>\nWSGIDaemonProcess app\n</Location>\n",
        R"(site\.conf:3: WSGIDaemonProcess: .*Location)"
    );
}

TEST_F(ConfigurationLanguage, Case5_ADirectiveOfDirectoriesInTheServer) {
    expect_refused("WSGIAccessScript ${apps}/hello.py\n", R"(site\.conf:2: .*WSGIAccessScript)");
}

TEST_F(ConfigurationLanguage, Case6_TwoGroupsOfOneName) {
    expect_refused(
        "<VirtualHost *:80>\nServerName a\nWSGIDaemonProcess app\n</VirtualHost>\n"
        "<VirtualHost *:80>\nServerName b\nWSGIDaemonProcess app\n</VirtualHost>\n",
        R"(site\.conf:8: WSGIDaemonProcess: .*app)"
    );
}

TEST_F(ConfigurationLanguage, Cases7To14_OptionsOfAGroup) {
    for (const char* options :
         {"processes=0",
          "processes=abc",
          "threads=abc",
          "user=root",
          "user=#0",
          "script-user=root script-group=root",
          "processes = 2",
          "Processes=2",
          "home=rel",
          "umask=9",
          "header-buffer-size=100"}) {
        expect_refused(
            std::string("WSGIDaemonProcess app ") + options + "\n",
            R"(site\.conf:2: WSGIDaemonProcess: )"
        );
    }
}

// mod_wsgi wants the group first; here names are resolved when the whole file has been read.
TEST_F(ConfigurationLanguage, Cases15And16_AGroupMayBeDefinedBelowItsUse) {
    expect_accepted(
        "WSGIScriptAlias /a ${apps}/hello.py process-group=g application-group=a\n"
        "WSGIScriptAlias /b ${apps}/hello.py process-group=g\nWSGIDaemonProcess g\n"
    );
}

TEST_F(ConfigurationLanguage, Case20_WhatModWsgiOnceHadIsRemarked) {
    for (const char* line : {"WSGIReloadMechanism Process", "WSGILazyInitialization On"}) {
        expect_remark(
            std::string(line) + "\n",
            "site\\.conf:2: .*" + std::string(line).substr(0, std::string(line).find(' '))
        );
    }
}

TEST_F(ConfigurationLanguage, Case23_AnOptionOfAMountThatIsNone) {
    expect_refused(
        "WSGIScriptAlias /x ${apps}/hello.py pass-authorization=maybe\n",
        R"(site\.conf:2: WSGIScriptAlias: .*pass-authorization)"
    );
}

// --- What is wrong is said, all of it, with what to write instead -----------------------------

TEST_F(ConfigurationLanguage, AllProblemsOfAFileAreToldAtOnce) {
    const Outcome outcome = check(
        "WSGIScriptAlais / ${apps}/hello.py\nKeepAlive maybe\n<Directory /x>\nListen 80\n"
        "</Directory>\nRewriteRule\nWSGIScriptAlias /y ${apps}/hello.py process-group=nobody\n"
    );
    EXPECT_GT(outcome.exit_code, 0);
    for (const char* place :
         {":2: .*WSGIScriptAlias", ":3: KeepAlive", ":5: Listen", ":7: RewriteRule"}) {
        EXPECT_TRUE(any_line_matches(outcome.err, std::string("site\\.conf") + place))
            << place << "\n"
            << outcome.err;
    }
}

TEST_F(ConfigurationLanguage, AMisspeltNameHasANearestOne) {
    expect_refused("DocumentRot /srv\n", R"(site\.conf:2: .*DocumentRot.*DocumentRoot)");
    expect_refused("<Direktory /srv>\n</Direktory>\n", R"(site\.conf:2: .*Direktory.*Directory)");
}

TEST_F(ConfigurationLanguage, SectionsAreClosedByTheirOwnName) {
    expect_refused("<Directory /srv>\n", R"(site\.conf:2: .*Directory)");
    expect_refused("</Directory>\n", R"(site\.conf:2: .*Directory)");
    expect_refused(
        "<Directory /srv>\n<Files x>\n</Directory>\n</Files>\n", R"(site\.conf:[34]: .*Files)"
    );
    expect_refused("<Directory>\n</Directory>\n", R"(site\.conf:2: .*Directory)");
    expect_refused("<Directory /srv\n</Directory>\n", R"(site\.conf:2: .*)");
    expect_accepted("<directory /srv>\n</DIRECTORY>\n");
}

TEST_F(ConfigurationLanguage, SectionsStandWhereTheyMay) {
    expect_refused(
        "<Location /x>\n<Directory /srv>\n</Directory>\n</Location>\n",
        R"(site\.conf:3: .*Directory)"
    );
    expect_refused(
        "<Directory /srv>\n<VirtualHost *:80>\n</VirtualHost>\n</Directory>\n",
        R"(site\.conf:3: .*VirtualHost)"
    );
    expect_refused("<Else>\n</Else>\n", R"(site\.conf:2: .*Else)");
    expect_accepted(
        "<Directory /srv>\n<Files x>\n<If \"true\">\nSetEnv A b\n</If>\n<Else>\nSetEnv A "
        "c\n</Else>\n</Files>\n</Directory>\n"
    );
}

TEST_F(ConfigurationLanguage, ExpressionsAndPatternsAreRead) {
    expect_refused("<If \"%{REQUEST_URI} ==\">\n</If>\n", R"(site\.conf:2: )");
    expect_refused("<If \"%{NO_SUCH_THING} == ''\">\n</If>\n", R"(site\.conf:2: .*NO_SUCH_THING)");
    expect_refused("<DirectoryMatch \"(\">\n</DirectoryMatch>\n", R"(site\.conf:2: )");
    expect_refused("RedirectMatch ( /x\n", R"(site\.conf:2: RedirectMatch: )");
    expect_refused("RewriteEngine On\nRewriteRule ( -\n", R"(site\.conf:3: RewriteRule: )");
    expect_refused("RewriteEngine On\nRewriteRule x - [Z]\n", R"(site\.conf:3: RewriteRule: .*Z)");
}

// Nothing in a file makes the server read another one at the wish of a request.
TEST_F(ConfigurationLanguage, WhatIsUnsafeIsRefusedWithItsReason) {
    expect_refused("<If \"file('/etc/passwd') =~ /x/\">\n</If>\n", R"(site\.conf:2: .*file)");
    expect_refused("<If \"-f '/etc/passwd'\">\n</If>\n", R"(site\.conf:2: .*-f)");
    expect_refused("ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/\n", R"(site\.conf:2: .*ScriptAlias)");
    expect_refused(
        "RewriteEngine On\nRewriteRule ^/x http://a/ [P]\n", R"(site\.conf:3: RewriteRule: .*P)"
    );
    expect_refused("RewriteMap m prg:/bin/cat\n", R"(site\.conf:2: RewriteMap: .*prg)");
}

TEST_F(ConfigurationLanguage, WhatComesLaterIsRefusedByName) {
    expect_refused("SSLEngine On\n", R"(site\.conf:2: .*SSLEngine)");
    expect_refused("ProxyPass /x http://127.0.0.1:1/\n", R"(site\.conf:2: .*ProxyPass)");
}

TEST_F(ConfigurationLanguage, WhatMeansNothingHereIsRemarked) {
    expect_remark("Mutex file:/tmp\n", R"(site\.conf:2: .*Mutex)");
    expect_remark("WSGISocketPrefix /run/wsgi\n", R"(site\.conf:2: .*WSGISocketPrefix)");
    expect_remark("ServerLimit 16\n", R"(site\.conf:2: .*ServerLimit)");
}

// --- Text that is put together ------------------------------------------------------------------

// Serves an application that tells its environ.
class ConfigurationText : public OnLane {
protected:
    std::map<std::string, std::string> environ_of(
        const std::string& config, const std::string& target = "/app", const std::string& host = "a"
    ) {
        Server& server = start(config);
        Client client = server.connect();
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        return entries_of(response.body);
    }
};
INSTANTIATE_TEST_SUITE_P(, ConfigurationText, testing::ValuesIn(both_modes()), name_of);

TEST_P(ConfigurationText, IsQuotedContinuedAndCommented) {
    auto environ = environ_of(
        "WSGIScriptAlias /app ${apps}/shows_environ.py\n# a comment goes on \\\n"
        "SetEnv COMMENT 1\nsetenv DOUBLE \"a 'b' c\"\nSetEnv SINGLE 'a \"b\" c'\nSetEnv ESCAPED "
        "\"a \\\"b\\\"\"\n"
        "SetEnv \\\n   CONTINUED \\\n  yes\nSetEnv HASH a#b\n\tSetEnv\tTAB\ttab\nSetEnv EMPTY\n"
    );
    EXPECT_EQ(environ["DOUBLE"], R"("a 'b' c")");
    EXPECT_EQ(environ["SINGLE"], R"('a "b" c')");
    EXPECT_EQ(environ["ESCAPED"], R"('a "b"')");
    EXPECT_EQ(environ["CONTINUED"], "'yes'");
    EXPECT_EQ(environ["HASH"], "'a#b'");
    EXPECT_EQ(environ["TAB"], "'tab'");
    EXPECT_EQ(environ["EMPTY"], "''");
    EXPECT_EQ(environ.count("COMMENT"), 0U);
}

TEST_P(ConfigurationText, IsIncludedFromFilesGlobsAndDirectories) {
    std::filesystem::create_directories(tmp() / "conf.d");
    std::filesystem::create_directories(tmp() / "all");
    write_file(tmp() / "one.conf", "SetEnv ONE 1\nDefine later yes\n");
    write_file(tmp() / "conf.d/10-a.conf", "SetEnv ORDER a\nSetEnv LATER ${later}\n");
    write_file(tmp() / "conf.d/20-b.conf", "SetEnv ORDER b\n");
    write_file(tmp() / "conf.d/README", "Nonsense\n");
    write_file(tmp() / "all/any-name", "SetEnv ALL 1\n");
    auto environ = environ_of(
        "Include ${tmp}/one.conf\nInclude ${tmp}/conf.d/*.conf\nInclude ${tmp}/all\n"
        "IncludeOptional ${tmp}/none/*.conf\nWSGIScriptAlias /app ${apps}/shows_environ.py\n"
    );
    EXPECT_EQ(environ["ONE"], "'1'");
    EXPECT_EQ(environ["ORDER"], "'b'");
    EXPECT_EQ(environ["LATER"], "'yes'");
    EXPECT_EQ(environ["ALL"], "'1'");
}

TEST_P(ConfigurationText, IsChosenByDefinesModulesAndVersions) {
    environment_["HOOPSNAKE_TEST_VALUE"] = "of the process";
    auto environ = environ_of(
        "Define mount /app\nDefine flag\nWSGIScriptAlias ${mount} ${apps}/shows_environ.py\n"
        "SetEnv PROCESS \"${HOOPSNAKE_TEST_VALUE}\"\n"
        "<IfDefine flag>\nSetEnv FLAG 1\n</IfDefine>\n<IfDefine !flag>\nNonsense\n</IfDefine>\n"
        "UnDefine flag\n<IfDefine flag>\nNonsense\n</IfDefine>\n"
        "<IfModule mod_wsgi.c>\nSetEnv WSGI_C 1\n</IfModule>\n"
        "<IfModule wsgi_module>\nSetEnv WSGI 1\n</IfModule>\n"
        "<IfModule mod_ssl.c>\nSSLEngine On\n</IfModule>\n"
        "<IfModule !mod_ssl.c>\nSetEnv NO_SSL 1\n</IfModule>\n"
        "<IfVersion >= 2.4>\nSetEnv VERSION 1\n</IfVersion>\n"
        "<IfVersion < 2.4>\nNonsense\n</IfVersion>\n"
    );
    for (const char* name : {"FLAG", "WSGI_C", "WSGI", "NO_SSL", "VERSION"}) {
        EXPECT_EQ(environ[name], "'1'") << name;
    }
    EXPECT_EQ(environ["PROCESS"], "'of the process'");
}

TEST_P(ConfigurationText, IsMadeByMacros) {
    auto environ = environ_of(
        "<Macro Site $name $path>\n<VirtualHost *:*>\nServerName $name.example.com\n"
        "SetEnv SITE \"$name at $path\"\nWSGIScriptAlias $path ${apps}/shows_environ.py\n"
        "</VirtualHost>\n</Macro>\nUse Site first /one\nUse Site second \"/two\"\n",
        "/two",
        "second.example.com"
    );
    EXPECT_EQ(environ["SITE"], "'second at /two'");
}

TEST_P(ConfigurationText, OfSectionsIsMergedInApachesOrder) {
    copy_app("shows_environ.py");
    write_file(tmp() / ".htaccess", "SetEnv A htaccess\nSetEnv B htaccess\n");
    auto environ = environ_of(
        "WSGIScriptAlias /app ${tmp}/shows_environ.py\n"
        "<If \"true\">\nSetEnv E if\n</If>\n"
        "<Location /app>\nSetEnv D location\nSetEnv E location\n</Location>\n"
        "<Files shows*>\nSetEnv C files\nSetEnv D files\n</Files>\n"
        "<DirectoryMatch ^${tmp}>\nSetEnv B match\nSetEnv C match\n</DirectoryMatch>\n"
        "<Directory ${tmp}>\nAllowOverride FileInfo\nSetEnv A deep\nSetEnv Z deep\n</Directory>\n"
        "<Directory />\nSetEnv Z shallow\nSetEnv Y shallow\n</Directory>\n"
    );
    EXPECT_EQ(environ["Y"], "'shallow'");
    EXPECT_EQ(environ["Z"], "'deep'");
    EXPECT_EQ(environ["A"], "'htaccess'");
    EXPECT_EQ(environ["B"], "'match'");
    EXPECT_EQ(environ["C"], "'files'");
    EXPECT_EQ(environ["D"], "'location'");
    EXPECT_EQ(environ["E"], "'if'");
}

TEST_P(ConfigurationText, CannotOverwriteWhatTheServerComputes) {
    auto environ = environ_of(
        "WSGIScriptAlias /app ${apps}/shows_environ.py\nSetEnv SCRIPT_NAME /evil\n"
        "SetEnv REMOTE_ADDR 1.2.3.4\nSetEnv DOCUMENT_ROOT /evil\nSetEnv wsgi.url_scheme evil\n"
        "SetEnv mod_wsgi.process_group evil\nSetEnv wsgi.extra yes\n"
    );
    EXPECT_EQ(environ["SCRIPT_NAME"], "'/app'");
    EXPECT_EQ(environ["REMOTE_ADDR"], "'127.0.0.1'");
    EXPECT_NE(environ["DOCUMENT_ROOT"], "'/evil'");
    EXPECT_EQ(environ["wsgi.url_scheme"], "'http'");
    EXPECT_NE(environ["mod_wsgi.process_group"], "'evil'");
    EXPECT_EQ(environ["wsgi.extra"], "'yes'");
}

// --- .htaccess ----------------------------------------------------------------------------------

class Htaccess : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "site/below");
        std::filesystem::create_directories(tmp() / "site/beside");
        for (const char* name : {"site/below/app.wsgi", "site/beside/app.wsgi"}) {
            copy_app("shows_environ.py", name);
        }
    }
    Server& serve_with(const std::string& override) {
        return start(
            "Alias /site ${tmp}/site\n<Directory ${tmp}/site>\nOptions ExecCGI\nAddHandler "
            "wsgi-script .wsgi\n" +
            override + "\n</Directory>\n"
        );
    }
    void write(const std::string& text) { write_file(tmp() / "site/below/.htaccess", text); }
};
INSTANTIATE_TEST_SUITE_P(, Htaccess, testing::ValuesIn(both_modes()), name_of);

TEST_P(Htaccess, Case21_ADirectiveThatMayNotStandThereIsAnErrorOfItsDirectory) {
    Server& server = serve_with("AllowOverride All");
    write("WSGIProcessGroup gs\n");
    expect_log(R"(\.htaccess:1: .*WSGIProcessGroup)");
    EXPECT_EQ(server.get("/site/below/app.wsgi").status, 500);
    EXPECT_EQ(server.get("/site/below/none.txt").status, 500);
    EXPECT_EQ(server.get("/site/beside/app.wsgi").status, 200);
}

TEST_P(Htaccess, Case22_ACallableIsFileInfo) {
    write("WSGICallableObject other\n");
    Server& server = serve_with("AllowOverride FileInfo");
    EXPECT_EQ(
        entries_of(server.get("/site/below/app.wsgi").body)["mod_wsgi.callable_object"], "'other'"
    );
}

TEST_P(Htaccess, IsNotLookedAtWhereNothingIsAllowed) {
    write("Utter nonsense\n");
    EXPECT_EQ(serve_with("AllowOverride None").get("/site/below/app.wsgi").status, 200);
}

TEST_P(Htaccess, KeepsToItsClasses) {
    struct Case {
        const char* override;
        const char* text;
        int status;
    };
    allow_log(R"(\.htaccess)");
    allow_log(R"(:error\].*\[client )");
    for (const Case& each :
         {Case{"AllowOverride FileInfo", "SetEnv A b\n", 200},
          Case{"AllowOverride FileInfo", "Require all granted\n", 500},
          Case{"AllowOverride FileInfo", "Options +Indexes\n", 500},
          Case{"AllowOverride AuthConfig", "Require all denied\n", 403},
          Case{"AllowOverride AuthConfig", "SetEnv A b\n", 500},
          Case{"AllowOverride Limit", "Deny from all\n", 403},
          Case{"AllowOverride Indexes", "DirectoryIndex x\n", 200},
          Case{"AllowOverride Options=Indexes", "Options +Indexes\n", 200},
          Case{"AllowOverride Options=Indexes", "Options +ExecCGI\n", 500},
          Case{"AllowOverride All", "Options -ExecCGI\n", 403},
          Case{"AllowOverrideList SetEnv\nAllowOverride None", "SetEnv A b\n", 200},
          Case{"AllowOverrideList SetEnv\nAllowOverride None", "RewriteEngine On\n", 500},
          Case{"AllowOverride All", "<Directory />\n</Directory>\n", 500},
          Case{"AllowOverride All", "Include /etc/passwd\n", 500},
          Case{"AllowOverride All", "<Files x>\n", 500}}) {
        write(each.text);
        Server& server = serve_with(each.override);
        EXPECT_EQ(server.get("/site/below/app.wsgi").status, each.status) << each.override << "\n"
                                                                          << each.text;
        EXPECT_EQ(server.get("/site/beside/app.wsgi").status, 200);
        server.stop();
    }
}

}  // namespace
}  // namespace test
