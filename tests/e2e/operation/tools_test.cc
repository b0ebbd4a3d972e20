// What an operator asks before going live: -t by meaning, -S, explain and migrate.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class Tools : public E2e {
protected:
    void write(const std::string& name, const std::string& text) {
        fs::create_directories(fs::path(tmp() / name).parent_path());
        write_file(tmp() / name, substitute(text));
    }
    // The output with ${tmp} in place of its path.
    [[nodiscard]] std::string plain(std::string text) const {
        return replace_all(std::move(text), tmp().path(), "${tmp}");
    }
    // Of the program on this configuration.
    Outcome ask(const std::string& config, std::vector<std::string> arguments) {
        const bool tests = std::ranges::count(arguments, "-t") > 0;
        write("site.conf", config + (tests ? as_root_if_root(config) : ""));
        arguments.insert(arguments.end(), {"-f", "${tmp}/site.conf"});
        return run(arguments);
    }
    Outcome explain(
        const std::string& config, const std::string& url, std::vector<std::string> more = {}
    ) {
        more.insert(more.begin(), {"explain", url});
        return ask(config, more);
    }
};

// --- -t -----------------------------------------------------------------------------------------

class ConfigurationTest : public Tools {
protected:
    void expect(int exit_code, const std::string& config, const std::string& expression) {
        const Outcome outcome = ask("Listen 127.0.0.1:0\n" + config, {"-t"});
        EXPECT_EQ(outcome.exit_code, exit_code) << config << outcome.err;
        EXPECT_TRUE(any_line_matches(outcome.err, expression)) << expression << "\n" << outcome.err;
        EXPECT_EQ(outcome.out, exit_code == 0 ? "Syntax OK\n" : "") << config;
    }
    void expect_problem(const std::string& config, const std::string& expression) {
        expect(1, config, "^.*/site\\.conf:" + expression);
    }
    void expect_remark(const std::string& config, const std::string& expression) {
        expect(0, config, "^.*/site\\.conf:" + expression);
    }
};

TEST_F(ConfigurationTest, TellsAllProblemsOfOneRunInOrder) {
    const Outcome outcome =
        ask("Listen 127.0.0.1:0\nLisp On\nWSGIScriptAlias / ${tmp}/no.wsgi\nKeepAliveTimeout soon\n"
            "Mutex file:/tmp\n",
            {"-t"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(
        plain(outcome.err),
        "${tmp}/site.conf:2: unknown directive \"Lisp\"\n"
        "${tmp}/site.conf:3: WSGIScriptAlias: ${tmp}/no.wsgi does not exist\n"
        "${tmp}/site.conf:4: KeepAliveTimeout: \"soon\": expected a number of seconds from 1 to "
        "3600\n"
        "${tmp}/site.conf:5: remark: Mutex: ignored; no lock file is used\n"
        "3 problems\n"
    );
}

TEST_F(ConfigurationTest, MissesScripts) {
    expect_problem(
        "WSGIHandlerScript mine ${tmp}/no.py\n", "2: WSGIHandlerScript: .*/no\\.py does not exist"
    );
    expect_problem(
        "WSGIScriptAliasMatch ^/x ${tmp}/no.py\n",
        "2: WSGIScriptAliasMatch: .*/no\\.py does not exist"
    );
}

TEST_F(ConfigurationTest, SeesWhoMayNotReadAScript) {
    fs::create_directory(tmp() / "closed");
    write("closed/app.wsgi", "");
    ::chmod((tmp() / "closed").c_str(), 0700);
    expect_problem(
        "WSGIDaemonProcess app user=nobody\n"
        "WSGIScriptAlias / ${tmp}/closed/app.wsgi process-group=app\n",
        "3: WSGIScriptAlias: nobody may not read .*/closed/app\\.wsgi: .*/closed has mode 0700"
    );
}

TEST_F(ConfigurationTest, MissesDocuments) {
    expect_remark("DocumentRoot ${tmp}/none\n", "2: remark: DocumentRoot: .*/none does not exist");
    expect_remark("Alias /x ${tmp}/none\n", "2: remark: Alias: .*/none does not exist");
}

TEST_F(ConfigurationTest, MissesWhatAGroupNeeds) {
    expect_problem(
        "WSGIDaemonProcess app home=${tmp}/none\n",
        "2: WSGIDaemonProcess app: home=.*/none does not exist"
    );
    expect_problem(
        "WSGIDaemonProcess app python-home=${tmp}/none\n",
        "2: WSGIDaemonProcess app: python-home=.*/none does not exist"
    );
    expect_remark(
        "WSGIDaemonProcess app python-path=${tmp}/none\n",
        "2: remark: WSGIDaemonProcess app: python-path=.*/none does not exist"
    );
}

TEST_F(ConfigurationTest, MissesUsersAndGroups) {
    expect_problem("User nobody-knows-me\n", "2: .*\"nobody-knows-me\" does not exist");
    expect_problem(
        "WSGIDaemonProcess app user=nobody-knows-me\n",
        "2: WSGIDaemonProcess app: .*\"nobody-knows-me\" does not exist"
    );
    expect_problem(
        "WSGIDaemonProcess app user=nobody group=nobody-knows-us\n",
        "2: WSGIDaemonProcess app: .*\"nobody-knows-us\" does not exist"
    );
}

TEST_F(ConfigurationTest, MissesTheDirectoriesOfLogs) {
    expect_problem(
        "ErrorLog ${tmp}/none/error.log\n", "2: ErrorLog: the directory .*/none does not exist"
    );
    expect_problem(
        "CustomLog ${tmp}/none/access.log common\n",
        "2: CustomLog: the directory .*/none does not exist"
    );
}

TEST_F(ConfigurationTest, MissesTables) {
    expect_problem(
        "RewriteMap names txt:${tmp}/none\n", "2: RewriteMap names: .*/none does not exist"
    );
    write("berkeley", "not SDBM");
    expect_problem(
        "RewriteMap names dbm:${tmp}/berkeley\n",
        "2: RewriteMap names: .*/berkeley is no SDBM file, .* \"httxt2dbm -f SDBM -i TEXT -o "
        ".*/berkeley\""
    );
    expect_problem("TypesConfig ${tmp}/none\n", "2: TypesConfig: .*/none");
}

// Case 38: the first alias that fits wins.
TEST_F(ConfigurationTest, SeesMountsThatShadowEachOther) {
    expect_remark(
        "WSGIScriptAlias /long ${apps}/hello.py\nWSGIScriptAlias /long/sub ${apps}/hello.py\n",
        "3: remark: WSGIScriptAlias: /long/sub is never reached.*site\\.conf:2"
    );
    // Case 39: aliases come first, wherever they stand.
    expect_remark(
        "WSGIScriptAlias /a/b ${apps}/hello.py\nAlias /a ${apps}\n",
        "2: remark: WSGIScriptAlias: /a/b is never reached.*site\\.conf:3"
    );
    const Outcome fine =
        ask("Listen 127.0.0.1:0\nWSGIScriptAlias /ab ${apps}/hello.py\n"
            "WSGIScriptAlias /a ${apps}/hello.py\nWSGIScriptAlias / ${apps}/hello.py\n",
            {"-t"});
    EXPECT_EQ(fine.err, "");
}

TEST_F(ConfigurationTest, SeesHostsThatNobodyReaches) {
    expect_remark(
        "<VirtualHost *:*>\nServerName a.example\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName b.example\nServerAlias A.example\n</VirtualHost>\n",
        "5: remark: <VirtualHost \\*:\\*>: requests for a\\.example go to .*site\\.conf:2"
    );
    const Outcome outcome =
        ask("Listen 127.0.0.1:47011\n<VirtualHost *:47012>\n</VirtualHost>\n"
            "<VirtualHost 10.0.0.1:47011>\n</VirtualHost>\n<VirtualHost *:47011>\n</VirtualHost>\n",
            {"-t"});
    EXPECT_EQ(
        plain(outcome.err),
        "${tmp}/site.conf:2: remark: <VirtualHost *:47012>: is never reached, because no Listen is "
        "for such an address\n"
        "${tmp}/site.conf:4: remark: <VirtualHost 10.0.0.1:47011>: is never reached, because no "
        "Listen is for such an address\n"
    );
}

TEST_F(ConfigurationTest, SeesPortsInUse) {
    Server& server = start("PidFile ${tmp}/pid\nWSGIScriptAlias / ${apps}/hello.py\n");
    const std::string listen = "Listen " + server.address() + "\n";
    const Outcome other = ask(listen, {"-t"});
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_TRUE(any_line_matches(other.err, "site\\.conf:1: Listen: .*listens there already"))
        << other.err;
    // Of the server that runs it is no surprise.
    const Outcome own = ask(listen + "PidFile ${tmp}/pid\n", {"-t"});
    EXPECT_EQ(own.exit_code, 0) << own.err;
    EXPECT_TRUE(any_line_matches(own.err, "site\\.conf:1: remark: Listen: .*PidFile")) << own.err;
    EXPECT_EQ(server.get("/").status, 200);
}

TEST_F(Tools, WarningsAreLoggedOnceAtTheStart) {
    Server& server = start("Mutex file:/tmp\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    server.stop();
    EXPECT_EQ(count_of(log(), "Mutex: ignored"), 1U) << log();
    EXPECT_TRUE(any_line_matches(log(), "wsgi:warn.*site-0\\.conf:7: Mutex: ignored")) << log();
}

TEST_F(Tools, NamesAreDefinedForIfDefine) {
    write(
        "site.conf",
        "Listen 127.0.0.1:0\nUser root\nAllowRoot On\n<IfDefine ONE>\nLisp On\n</IfDefine>\n"
    );
    EXPECT_EQ(run({"-t", "-f", "${tmp}/site.conf"}).exit_code, 0);
    EXPECT_EQ(run({"-t", "-D", "TWO", "-D", "ONE", "-f", "${tmp}/site.conf"}).exit_code, 1);
}

TEST_F(Tools, TheReferenceHasALetter) {
    const Outcome outcome = run({"-L"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, run({"--list-directives"}).out);
    EXPECT_NE(outcome.out.find("## WSGIScriptAlias"), std::string::npos);
}

// --- -S -----------------------------------------------------------------------------------------

TEST_F(Tools, ShowHostsMountsAndGroups) {
    const Outcome outcome =
        ask("Listen 47013\n"
            "Listen 127.0.0.1:47014\n"
            "ServerName main.example.com\n"
            "DocumentRoot /srv/www\n"
            "WSGIDaemonProcess all threads=1\n"
            "<VirtualHost *:47013>\n"
            "    ServerName www.example.com\n"
            "    ServerAlias example.com *.old.example.com\n"
            "    WSGIDaemonProcess shop user=nobody processes=2 threads=5\n"
            "    Alias /static /srv/static\n"
            "    WSGIScriptAlias / /srv/shop.wsgi process-group=shop application-group=%{GLOBAL}\n"
            "</VirtualHost>\n"
            "<VirtualHost *:47013 127.0.0.1:47014>\n"
            "    ServerName blog.example.com\n"
            "    WSGIProcessGroup all\n"
            "    WSGIScriptAliasMatch ^/b /srv/blog.wsgi\n"
            "</VirtualHost>\n",
            {"-S"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(
        plain(outcome.out),
        R"(Listen *:47013 (${tmp}/site.conf:1)
Listen 127.0.0.1:47014 (${tmp}/site.conf:2)

*:47013
    default server www.example.com (${tmp}/site.conf:6)
        alias example.com
        wild alias *.old.example.com
        Alias /static -> /srv/static (${tmp}/site.conf:10)
        WSGIScriptAlias / -> /srv/shop.wsgi (${tmp}/site.conf:11), process group shop, application group %{GLOBAL}
        process group shop: user nobody, 2 processes × 5 threads (${tmp}/site.conf:9)
    server blog.example.com (${tmp}/site.conf:13)
        WSGIScriptAliasMatch ^/b -> /srv/blog.wsgi (${tmp}/site.conf:16), process group all, application group %{RESOURCE}

127.0.0.1:47014
    default server blog.example.com (${tmp}/site.conf:13)
        WSGIScriptAliasMatch ^/b -> /srv/blog.wsgi (${tmp}/site.conf:16), process group all, application group %{RESOURCE}

main server: what no virtual host's address matches, and what all virtual hosts inherit
    main.example.com
        DocumentRoot /srv/www
        process group all: the user who starts the server, 1 process × 1 thread (${tmp}/site.conf:5)
        embedded mode: the user who starts the server, 1 process × 15 threads
)"
    );
}

// --- explain ------------------------------------------------------------------------------------

const char* const kSite =
    "Listen 47015\n"
    "ServerName main.example.com\n"
    "<VirtualHost *:47015>\n"
    "ServerName first.example.com\n"
    "</VirtualHost>\n"
    "<VirtualHost *:47015>\n"
    "ServerName vh.example.com\n"
    "ServerAlias *.vh.example.com\n"
    "WSGIDaemonProcess gs user=nobody processes=2 threads=3\n"
    "WSGIScriptAlias /gs ${apps}/hello.py process-group=gs application-group=%{GLOBAL}\n"
    "RewriteEngine On\n"
    "RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes]\n"
    "RewriteRule ^/away$ http://other.example.com/ [R=301]\n"
    "<Location /gs/private>\n"
    "Require ip 10.0.0.0/8\n"
    "</Location>\n"
    "</VirtualHost>\n";

// Case 40, in words.
TEST_F(Tools, ExplainARewrittenRequest) {
    const Outcome outcome = explain(kSite, "http://a.vh.example.com:47015/rw/x%20y?a=b");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(
        replace_all(plain(outcome.out), apps(), "${apps}"),
        R"(request     GET /rw/x%20y?a=b of a.vh.example.com:47015, from 127.0.0.1
listener    arrives at 127.0.0.1, port 47015 (${tmp}/site.conf:1)
host        wild ServerAlias *.vh.example.com of vh.example.com (${tmp}/site.conf:6)
rewrite     RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes] (${tmp}/site.conf:12): "/rw/x y" matches
            variable V is "yes"
            becomes "/gs/x y" with query q=1&a=b
            the URL /gs/x y from now on
alias       WSGIScriptAlias to ${apps}/hello.py/x y (${tmp}/site.conf:10)
access      granted, as no rule is about it
handler     wsgi-script, as it is mounted
group       process group "gs", application group "", callable application
environment SCRIPT_URL=/rw/x y
            SCRIPT_URI=http://a.vh.example.com:47015/rw/x y
            V=yes
process     user nobody, 2 processes × 3 threads (${tmp}/site.conf:9)
outcome     script: ${apps}/hello.py answers
            SCRIPT_FILENAME = ${apps}/hello.py
            SCRIPT_NAME = /gs
            PATH_INFO = /x y
            handler = wsgi-script
            process_group = gs
            application_group = 
            callable = application
            pass_authorization = Off
            user = nobody
)"
    );
}

TEST_F(Tools, ExplainWhoIsRefused) {
    const std::string url = "http://vh.example.com:47015/gs/private/x";
    const Outcome outcome = explain(kSite, url);
    EXPECT_TRUE(
        any_line_matches(outcome.out, "^section     <Location /gs/private> \\(.*site\\.conf:14\\)$")
    ) << outcome.out;
    EXPECT_TRUE(any_line_matches(
        outcome.out, "^outcome     error: 403 Forbidden, denied by Require ip 10\\.0\\.0\\.0/8"
    )) << outcome.out;
    const Outcome other = explain(kSite, url, {"--remote", "10.1.2.3"});
    EXPECT_TRUE(
        any_line_matches(other.out, "^access      granted by Require ip .* \\(.*site\\.conf:15\\)$")
    ) << other.out;
    EXPECT_TRUE(any_line_matches(other.out, "^outcome     script: ")) << other.out;
}

TEST_F(Tools, ExplainAsJson) {
    const Outcome outcome =
        explain(kSite, "http://vh.example.com:47015/away", {"--json", "--method", "HEAD"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(
        plain(outcome.out),
        R"({"steps": [
  {"phase": "request", "text": "HEAD /away of vh.example.com:47015, from 127.0.0.1"},
  {"phase": "listener", "text": "arrives at 127.0.0.1, port 47015", "file": "${tmp}/site.conf", "line": 1},
  {"phase": "host", "text": "ServerName vh.example.com", "file": "${tmp}/site.conf", "line": 6},
  {"phase": "rewrite", "text": "RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes] (${tmp}/site.conf:12): \"/away\" does not match"},
  {"phase": "rewrite", "text": "RewriteRule ^/away$ http://other.example.com/ [R=301] (${tmp}/site.conf:13): \"/away\" matches"},
  {"phase": "rewrite", "text": "becomes \"http://other.example.com/\""},
  {"phase": "rewrite", "text": "redirect 301 to http://other.example.com/"},
  {"phase": "environment", "text": "SCRIPT_URL=/away"},
  {"phase": "environment", "text": "SCRIPT_URI=http://vh.example.com:47015/away"}],
 "outcome": {"kind": "redirect", "text": "301 Moved Permanently, RewriteRule",
  "status": 301,
  "location": "http://other.example.com/"}}
)"
    );
}

// Cases 25 to 31 and 38 of the specification: where a URL leads.
TEST_F(Tools, ExplainWhereAUrlLeads) {
    const std::string config =
        "Listen 47015\nServerName main.example.com\nWSGIScriptAlias /emb ${apps}/hello.py\n"
        "WSGIScriptAlias /long ${apps}/hello.py\nWSGIScriptAlias /long/sub ${apps}/raises.py\n";
    struct Row {
        const char* path;
        const char* line;
    };
    for (const auto& [path, line] :
         {Row{"/emb", "PATH_INFO = $"},
          Row{"/emb/", "PATH_INFO = /$"},
          Row{"/embx", "outcome     error: 404 "},
          Row{"/EMB", "outcome     error: 404 "},
          Row{"//emb/a", "SCRIPT_NAME = /emb$"},
          Row{"/emb//a//b", "PATH_INFO = /a/b$"},
          Row{"/e%6db/x", "SCRIPT_NAME = /emb$"},
          Row{"/emb/a%2Fb", "outcome     error: 404 "},
          Row{"/emb/./a/../b", "PATH_INFO = /b$"},
          Row{"/long/sub", "SCRIPT_NAME = /long$"}}) {
        const Outcome outcome =
            explain(config, std::string("http://main.example.com:47015") + path);
        EXPECT_TRUE(any_line_matches(outcome.out, line)) << path << "\n" << outcome.out;
    }
}

// Case 52: names of groups that the request completes.
TEST_F(Tools, ExplainAFieldThatDecides) {
    const Outcome outcome = explain(
        "Listen 47015\nServerName main.example.com\nWSGIDaemonProcess gs\n"
        "SetEnvIf X-Group (.+) PG=$1\n"
        "WSGIScriptAlias / ${apps}/hello.py process-group=%{ENV:PG} application-group=%{SERVER}\n",
        "http://main.example.com:47015/",
        {"--header", "X-Group: gs"}
    );
    EXPECT_TRUE(any_line_matches(outcome.out, "process_group = gs$")) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, "application_group = main\\.example\\.com:47015$"))
        << outcome.out;
}

TEST_F(Tools, ExplainFilesAndTheirHtaccess) {
    write("www/a.txt", "a");
    write(
        "www/.htaccess",
        "# Ours.\nSetEnv FROM here\nSetEnv AND there\n<Files a.*>\nRequire all granted\n</Files>\n"
    );
    const Outcome outcome = explain(
        "Listen 47015\nDocumentRoot ${tmp}/www\n<Directory ${tmp}/www>\nAllowOverride All\n"
        "Require all granted\n</Directory>\n",
        "http://whatever/a.txt"
    );
    for (const char* line :
         {"^listener    arrives at 127\\.0\\.0\\.1, port 47015, from a proxy, as nobody listens on "
          "port 80 ",
          "^host        the main server",
          "^section     <Directory .*/www> \\(.*site\\.conf:3\\)$",
          "^            \\.htaccess: SetEnv, 2 times \\(.*/www/\\.htaccess:2\\)$",
          "^            <Files a\\.\\*> \\(.*/www/\\.htaccess:4\\)$",
          "^access      granted by Require all granted \\(.*/www/\\.htaccess:5\\)$",
          "^environment FROM=here$",
          "^outcome     file: .*/www/a\\.txt is sent$"}) {
        EXPECT_TRUE(any_line_matches(outcome.out, line)) << line << "\n" << outcome.out;
    }
}

TEST_F(Tools, ExplainWhatIsNoRequest) {
    EXPECT_TRUE(any_line_matches(
        explain(kSite, "http://vh.example.com:1/").out,
        "^outcome     error: nobody listens on port 1$"
    ));
    EXPECT_TRUE(any_line_matches(
        explain(kSite, "http://a b:47015/").out, "^outcome     error: 400 Bad Request"
    ));
    EXPECT_TRUE(any_line_matches(
        explain(kSite, "http://unknown.example:47015/").out,
        "^host        first\\.example\\.com, the first of this address"
    ));
    EXPECT_EQ(explain(kSite, "nonsense").exit_code, 1);
    EXPECT_EQ(explain(kSite, "http://vh.example.com:47015/", {"--header", "x"}).exit_code, 1);
    EXPECT_GT(explain(kSite, "http://vh.example.com:47015/", {"--remote", "x"}).exit_code, 0);
}

// --- migrate ------------------------------------------------------------------------------------

TEST_F(Tools, MigrateReadsHtaccessFilesOfWhatIsServed) {
    write(
        "apache2/apache2.conf",
        "Listen 80\n<Directory ${tmp}/www>\nAllowOverride FileInfo\n</Directory>\n"
        "<VirtualHost *:80>\nServerName blog.example.com\nDocumentRoot ${tmp}/www\n</VirtualHost>\n"
    );
    write("www/blog/.htaccess", "RewriteEngine On\nHeader set X y\nPassEnv HOME\n");
    const Outcome outcome = run({"migrate", "${tmp}/apache2"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    for (const char* line :
         {"^virtual host blog\\.example\\.com .*: something is missing$",
          "^    .*/www/blog/\\.htaccess:1: RewriteEngine$",
          "^    .*/www/blog/\\.htaccess:2: Header: not implemented yet",
          "^    .*/www/blog/\\.htaccess:3: PassEnv: passes what PassEnv in the server's"}) {
        EXPECT_TRUE(any_line_matches(outcome.out, line)) << line << "\n" << outcome.out;
    }
}

TEST_F(Tools, MigrateADebianTree) {
    write("apache2/envvars", "unset HOME\nexport APACHE_LOG_DIR=${tmp}/logs$SUFFIX\n");
    write(
        "apache2/apache2.conf",
        "ErrorLog ${APACHE_LOG_DIR}/error.log\n"
        "Mutex file:/tmp default\n"
        "<Directory />\nAllowOverride None\nOptions FollowSymLinks\n</Directory>\n"
        "IncludeOptional mods-enabled/*.load\n"
        "Include ports.conf\n"
        "IncludeOptional sites-enabled/*.conf\n"
    );
    write("apache2/ports.conf", "Listen 80\n<IfModule ssl_module>\nListen 443\n</IfModule>\n");
    write(
        "apache2/mods-enabled/a.load",
        "LoadModule wsgi_module /m/mod_wsgi.so\nLoadModule ssl_module /m/mod_ssl.so\n"
    );
    write(
        "apache2/sites-enabled/shop.conf",
        "<VirtualHost *:80>\nServerName shop.example.com\nWSGIDaemonProcess shop\n"
        "WSGIScriptAlias / /srv/shop.wsgi process-group=shop\n</VirtualHost>\n"
        "<VirtualHost *:80>\nServerName old.example.com\nProxyPass / http://127.0.0.1:3000/\n"
        "WSGIProcessGroup shop\nLisp On\n</VirtualHost>\n"
    );
    const Outcome outcome = run({"migrate", "${tmp}/apache2"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    const std::string& said = outcome.out;
    for (const char* line :
         {"^main server: something is missing$",
          "^    ports\\.conf:2: <IfModule ssl_module> is skipped, as mod_ssl does not exist here",
          "^    apache2\\.conf:2: Mutex: ignored; ",
          "^    apache2\\.conf:1: ErrorLog$",
          "^    apache2\\.conf:4: AllowOverride$",
          "^    apache2\\.conf:5: Options$",
          "^virtual host shop\\.example\\.com on \\*:80 \\(sites-enabled/shop\\.conf:1\\): works, "
          "with differences$",
          "^    sites-enabled/shop\\.conf:4: WSGIScriptAlias: works, but ",
          "^    sites-enabled/shop\\.conf:2: ServerName$",
          "^virtual host old\\.example\\.com on \\*:80 \\(sites-enabled/shop\\.conf:6\\): "
          "something "
          "is missing$",
          "^    sites-enabled/shop\\.conf:8: ProxyPass: not implemented yet",
          "^    sites-enabled/shop\\.conf:9: WSGIProcessGroup: Daemon process called 'shop' cannot",
          "^    sites-enabled/shop\\.conf:10: unknown directive \"Lisp\"",
          "^Verdict: 4 lines in 2 of 3 "}) {
        EXPECT_TRUE(any_line_matches(said, line)) << line << "\n" << said;
    }
    EXPECT_EQ(count_of(said, "shop.conf:9:"), 1U) << said;
}

TEST_F(Tools, MigrateACopyOfARedHatTree) {
    write(
        "httpd/conf/httpd.conf",
        "ServerRoot \"/etc/httpd\"\nListen 80\nInclude conf.modules.d/*.conf\n"
        "IncludeOptional conf.d/*.conf\n"
    );
    write("httpd/conf.modules.d/00-base.conf", "LoadModule alias_module modules/mod_alias.so\n");
    write("httpd/conf.d/site.conf", "<VirtualHost *:80>\nServerName a.example\n</VirtualHost>\n");
    const Outcome outcome = run({"migrate", "${tmp}/httpd"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_TRUE(any_line_matches(
        outcome.out,
        "^virtual host a\\.example on .*\\(conf\\.d/site\\.conf:1\\): behaves the same$"
    )) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, "^Verdict: everything works")) << outcome.out;
}

TEST_F(Tools, MigrateNothing) {
    const Outcome outcome = run({"migrate", "${tmp}"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_TRUE(any_line_matches(outcome.err, "neither apache2\\.conf .* nor conf/httpd\\.conf"))
        << outcome.err;
}

}  // namespace
}  // namespace test
