// Which .htaccess files `hoopsnake migrate` finds, and what it says of them.
#include "core/server/tools/check/htaccess_search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using Kind = config::Finding::Kind;

class HtaccessSearch : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((top_ / name).parent_path());
        std::ofstream(top_ / name) << text;
    }

    // "host kind path:line: sentence" for each finding; "$" stands for the directory.
    std::vector<std::string> search(std::string text, const server::SearchBounds& bounds = {})
        const {
        for (auto at = text.find('$'); at != text.npos; at = text.find('$')) {
            text.replace(at, 1, top_.string());
        }
        const auto config = config::parse_text("Listen 80\n" + text, "site.conf");
        EXPECT_TRUE(config) << config.error().what;
        std::vector<std::string> lines;
        for (const auto& finding : server::search_htaccess(*config, bounds)) {
            const auto path = fs::path(*finding.place.file).lexically_relative(top_).string();
            const auto* const kind = finding.kind == Kind::kTaken     ? "taken"
                                     : finding.kind == Kind::kSkipped ? "skipped"
                                     : finding.kind == Kind::kRemark  ? "remark"
                                                                      : "problem";
            lines.push_back(fmt::format(
                "{} {} {}:{}: {}", finding.host, kind, path, finding.place.line, finding.sentence
            ));
        }
        return lines;
    }

    test::TempDir directory_;
    fs::path top_{directory_.path()};
};

using Lines = std::vector<std::string>;

TEST_F(HtaccessSearch, SaysOfEachLineWhatItMeansHere) {
    write(
        "www/.htaccess",
        "SetEnv A b\nProxyPass / http://x/\n<IfModule mod_autoindex.c>\nIndexOptions "
        "x\n</IfModule>\n"
        "Lisp On\nRequire all granted\n"
    );
    const auto lines =
        search("DocumentRoot $/www\n<Directory $/www>\nAllowOverride FileInfo\n</Directory>\n");
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0], "0 taken www/.htaccess:1: SetEnv");
    EXPECT_TRUE(lines[1].starts_with("0 problem www/.htaccess:2: ProxyPass: ")) << lines[1];
    EXPECT_EQ(lines[2], "0 skipped www/.htaccess:3: <IfModule mod_autoindex.c>");
    EXPECT_TRUE(lines[3].starts_with("0 problem www/.htaccess:6: unknown directive \"Lisp\""));
    EXPECT_TRUE(lines[4].starts_with("0 problem www/.htaccess:7: Require: not allowed here; "));
}

TEST_F(HtaccessSearch, TellsWhatIsNotForStrangers) {
    write(
        "www/.htaccess",
        "# ${NONE}\nPassEnv HOME\nSetEnv A x${PATH}\nRewriteRule x ${map:key}\nSetEnv B ${\n"
    );
    EXPECT_EQ(
        search("DocumentRoot $/www\n<Directory $/www>\nAllowOverride All\n</Directory>\n"),
        (Lines{
            "0 remark www/.htaccess:2: PassEnv: passes what PassEnv in the server's configuration "
            "passes to this directory, and nothing else",
            "0 taken www/.htaccess:3: SetEnv",
            "0 remark www/.htaccess:3: ${PATH} stays as it is: values are not for .htaccess files",
            "0 taken www/.htaccess:4: RewriteRule",
            "0 taken www/.htaccess:5: SetEnv"})
    );
}

TEST_F(HtaccessSearch, LooksWhereAllowOverridePermits) {
    for (const auto* const name :
         {"www/.htaccess",
          "www/a/.htaccess",
          "www/a/b/.htaccess",
          "www/c/.htaccess",
          "x/.htaccess"}) {
        write(name, "SetEnv A b\n");
    }
    fs::create_directory_symlink(top_ / "x", top_ / "www/link");
    EXPECT_EQ(search("DocumentRoot $/www\n"), Lines());
    EXPECT_EQ(
        search("DocumentRoot $/www\n<Directory $/www>\nAllowOverride All\n</Directory>\n"
               "<Directory $/www/a>\nAllowOverride None\n</Directory>\n"
               "<Directory $/www/a/b>\nAllowOverrideList SetEnv\n</Directory>\n"),
        (Lines{
            "0 taken www/.htaccess:1: SetEnv",
            "0 taken www/a/b/.htaccess:1: SetEnv",
            "0 taken www/c/.htaccess:1: SetEnv"})
    );
}

TEST_F(HtaccessSearch, CountsEachForTheFirstHostThatServesIt) {
    write("www/one/.htaccess", "SetEnv A b\n");
    write("www/two/.access", "<IfDefine shop>\nSetEnv A b\n</IfDefine>\n");
    write("scripts/.htaccess", "SetEnv A b\n");
    write("scripts/app.wsgi", "");
    const auto lines = search(
        "Define shop\nDocumentRoot $/www\n<Directory $>\nAllowOverride FileInfo\n</Directory>\n"
        "<VirtualHost *:80>\nDocumentRoot $/www/one\nWSGIScriptAlias / $/scripts/app.wsgi\n"
        "</VirtualHost>\n"
        "<VirtualHost *:80>\nAccessFileName .access\nAlias /two $/www/two\n</VirtualHost>\n"
    );
    EXPECT_EQ(
        lines,
        (Lines{
            "1 taken www/one/.htaccess:1: SetEnv",
            "1 taken scripts/.htaccess:1: SetEnv",
            "2 taken www/two/.access:1: <IfDefine shop>",
            "2 taken www/two/.access:2: SetEnv"})
    );
}

TEST_F(HtaccessSearch, HasBoundsAndTellsThem) {
    const std::string config =
        "DocumentRoot $/www\n<Directory $/www>\nAllowOverride All\n</Directory>\n";
    write("www/a/b/c/.htaccess", "SetEnv A b\n");
    write("www/d/.htaccess", "SetEnv A b\n");
    EXPECT_EQ(
        search(config, {.depth = 2}),
        (Lines{
            "0 remark www/a/b:0: the search for .htaccess files goes down 2 directories, and not "
            "into those in this one",
            "0 taken www/d/.htaccess:1: SetEnv"})
    );
    EXPECT_EQ(
        search(config, {.directories = 3}),
        (Lines{
            "0 remark www/a/b/c:0: the search for .htaccess files stops here, after 0 of them in "
            "3 directories; others may follow"})
    );
    EXPECT_EQ(
        search(config, {.files = 1}),
        (Lines{
            "0 taken www/a/b/c/.htaccess:1: SetEnv",
            "0 remark www/d:0: the search for .htaccess files stops here, after 1 of them in 4 "
            "directories; others may follow"})
    );
    fs::create_directory(top_ / "www/e");
    write("www/e/.htaccess", std::string((1 << 20) + 1, '\n'));
    EXPECT_EQ(search(config).back(), "0 problem www/e/.htaccess:0: larger than 1 MiB");
}

}  // namespace
