// The trees that Debian and Red Hat lay out for Apache, with a site of mod_wsgi in them: the same
// directives in the same places serve here.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class DistributionTree : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        copy_app("hello.py");
        copy_app("shows_environ.py");
        for (const char* name : {"run", "www", "log"}) {
            fs::create_directory(tmp() / name);
        }
        write_file(tmp() / "www/style.css", "body {}");
    }
    void write(const std::string& name, const std::string& content) {
        const fs::path path = tmp() / name;
        fs::create_directories(path.parent_path());
        write_file(path, substitute(content));
    }
    // Serves the tree whose main file this is.
    Server& serve_tree(const std::string& file) {
        ServerOptions options;
        options.environment = {
            {"APACHE_RUN_USER", "daemon"},
            {"APACHE_RUN_GROUP", "daemon"},
            {"APACHE_PID_FILE", tmp() / "run/apache2.pid"},
            {"APACHE_RUN_DIR", tmp() / "run"},
            {"APACHE_LOCK_DIR", tmp() / "run"},
            {"APACHE_LOG_DIR", tmp() / "log"},
        };
        allow_log(": ignored; ");
        allow_log("body= is ignored|MinRate is ignored");
        return serve({"-f", file}, options);
    }
    void enable_module(const std::string& name, const std::string& settings = "") {
        write(
            "apache2/mods-enabled/" + name + ".load",
            "LoadModule " + name + "_module /usr/lib/apache2/modules/mod_" + name + ".so\n"
        );
        if (!settings.empty()) {
            write("apache2/mods-enabled/" + name + ".conf", settings);
        }
    }
    void lay_out_debian();
};

constexpr const char* kDebianMain = R"(DefaultRuntimeDir ${APACHE_RUN_DIR}
PidFile ${APACHE_PID_FILE}
Timeout 300
KeepAlive On
MaxKeepAliveRequests 100
KeepAliveTimeout 5
User ${APACHE_RUN_USER}
Group ${APACHE_RUN_GROUP}
HostnameLookups Off
ErrorLog ${APACHE_LOG_DIR}/error.log
LogLevel warn
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory ${tmp}/www/>
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
AccessFileName .htaccess
<FilesMatch "^\.ht">
    Require all denied
</FilesMatch>
LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
LogFormat "%h %l %u %t \"%r\" %>s %O" common
LogFormat "%{Referer}i -> %U" referer
LogFormat "%{User-agent}i" agent
IncludeOptional conf-enabled/*.conf
IncludeOptional sites-enabled/*.conf
)";

// Its default modules, and mod_wsgi.
void DistributionTree::lay_out_debian() {
    write("apache2/apache2.conf", kDebianMain);
    write(
        "apache2/ports.conf",
        "Listen 127.0.0.1:0\n<IfModule ssl_module>\nListen 443\n</IfModule>\n"
        "<IfModule mod_gnutls.c>\nListen 443\n</IfModule>\n"
    );
    for (const char* name :
         {"access_compat",
          "auth_basic",
          "authn_core",
          "authn_file",
          "authz_core",
          "authz_host",
          "authz_user",
          "env",
          "filter"}) {
        enable_module(name);
    }
    enable_module("alias", "Alias /icons/ \"${tmp}/www/icons/\"\n");
    enable_module(
        "autoindex",
        "IndexOptions FancyIndexing VersionSort HTMLTable NameWidth=* Charset=UTF-8\n"
        "AddIconByEncoding (CMP,/icons/c.gif) x-gzip\nAddIconByType (TXT,/icons/t.gif) text/*\n"
        "AddIcon /icons/b.gif .bin .exe\nAddIcon /icons/f.gif ^^DIRECTORY^^\n"
        "DefaultIcon /icons/u.gif\nReadmeName README.html\nHeaderName HEADER.html\n"
        "IndexIgnore .??* *~ RCS\n"
    );
    enable_module(
        "deflate",
        "<IfModule mod_filter.c>\nAddOutputFilterByType DEFLATE text/html text/plain\n"
        "</IfModule>\n"
    );
    enable_module("dir", "DirectoryIndex index.html index.cgi index.php\n");
    enable_module(
        "mime",
        "TypesConfig /etc/mime.types\nAddType application/x-gzip .gz .tgz\nAddLanguage de .de\n"
        "RemoveType es\nAddLanguage es .es\nAddCharset UTF-8 .utf8\nAddHandler type-map var\n"
        "AddType text/html .shtml\n<IfModule mod_include.c>\nAddOutputFilter INCLUDES .shtml\n"
        "</IfModule>\n"
    );
    enable_module(
        "mpm_event",
        "StartServers 2\nMinSpareThreads 25\nMaxSpareThreads 75\nThreadLimit 64\n"
        "ThreadsPerChild 25\nMaxRequestWorkers 150\nMaxConnectionsPerChild 0\n"
    );
    enable_module("negotiation", "LanguagePriority en de\nForceLanguagePriority Prefer Fallback\n");
    enable_module(
        "reqtimeout",
        "RequestReadTimeout header=20-40,minrate=500\nRequestReadTimeout body=10,minrate=500\n"
    );
    enable_module(
        "setenvif",
        "BrowserMatch \"Mozilla/2\" nokeepalive\n"
        "BrowserMatch \"Java/1\\.0\" force-response-1.0\n"
    );
    enable_module(
        "status",
        "<Location /server-status>\nSetHandler server-status\nRequire local\n</Location>\n"
        "ExtendedStatus On\n<IfModule mod_proxy.c>\nProxyStatus On\n</IfModule>\n"
    );
    enable_module("wsgi", "<IfModule mod_wsgi.c>\n</IfModule>\n");
    write("apache2/conf-enabled/charset.conf", "# nothing\n");
    write(
        "apache2/conf-enabled/other-vhosts-access-log.conf",
        "CustomLog ${APACHE_LOG_DIR}/other_vhosts_access.log vhost_combined\n"
    );
    write(
        "apache2/conf-enabled/security.conf",
        "ServerTokens OS\nServerSignature On\nTraceEnable Off\n"
    );
    write(
        "apache2/conf-enabled/serve-cgi-bin.conf",
        "<IfModule mod_alias.c>\n<IfModule mod_cgi.c>\nDefine CGI\n</IfModule>\n<IfDefine CGI>\n"
        "ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/\n</IfDefine>\n</IfModule>\n"
    );
    write(
        "apache2/sites-enabled/000-default.conf",
        "<VirtualHost *>\nServerAdmin webmaster@localhost\nDocumentRoot ${tmp}/www\n"
        "ErrorLog ${APACHE_LOG_DIR}/error.log\nCustomLog ${APACHE_LOG_DIR}/access.log combined\n"
        "</VirtualHost>\n"
    );
    write(
        "apache2/sites-enabled/app.conf",
        "<VirtualHost *>\nServerName app.example.com\n"
        "WSGIDaemonProcess app processes=1 threads=2 display-name=%{GROUP}\n"
        "WSGIProcessGroup app\nWSGIApplicationGroup %{GLOBAL}\n"
        "Alias /static ${tmp}/www\nWSGIScriptAlias / ${tmp}/shows_environ.py\n"
        "<Directory ${tmp}>\n<Files shows_environ.py>\nRequire all granted\n</Files>\n"
        "</Directory>\n</VirtualHost>\n"
    );
}

TEST_F(DistributionTree, OfDebianServes) {
    lay_out_debian();
    Server& server = serve_tree("${tmp}/apache2/apache2.conf");
    Client client = server.connect();
    const auto get = [&](const std::string& host, const std::string& target) {
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.read_response();
    };
    const auto environ = entries_of(get("app.example.com", "/x?y").body);
    EXPECT_EQ(environ.at("mod_wsgi.process_group"), "'app'");
    EXPECT_EQ(environ.at("mod_wsgi.application_group"), "''");
    EXPECT_EQ(get("app.example.com", "/static/style.css").body, "body {}");
    EXPECT_EQ(get("elsewhere", "/style.css").body, "body {}");
    client.close();
    server.stop();
    const std::string own = read_file(tmp() / "log/access.log");
    EXPECT_TRUE(any_line_matches(
        own, R"(^127\.0\.0\.1 - - \[.*\] "GET /style\.css HTTP/1\.1" 200 \d+ "-" "-"$)"
    )) << own;
    const std::string others = read_file(tmp() / "log/other_vhosts_access.log");
    EXPECT_TRUE(any_line_matches(
        others, R"(^app\.example\.com:80 127\.0\.0\.1 - - \[.*\] "GET /x\?y HTTP/1\.1" 200 \d+ )"
    )) << others;
    EXPECT_EQ(count_of(others, "\n"), 2U);
    // Once, however many files hold it.
    EXPECT_EQ(count_of(read_file(tmp() / "log/error.log"), "LoadModule: ignored"), 1U);
}

}  // namespace
}  // namespace test
