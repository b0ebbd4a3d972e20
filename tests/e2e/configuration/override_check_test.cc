// -t tells where a .htaccess file may undo what Options withholds, and run scripts as the server.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class OverrideCheck : public E2e {
protected:
    // What -t says about a <Directory> with these lines.
    std::string said(const std::string& lines, const std::string& before = "") {
        std::filesystem::create_directories(tmp() / "site");
        write_file(
            tmp() / "site.conf",
            substitute(
                "Listen 127.0.0.1:0\nServerName a\n" + as_root_if_root("") + before +
                "<Directory ${tmp}/site>\n" + lines + "</Directory>\n"
            )
        );
        const Outcome outcome = run({"-t", "-f", "${tmp}/site.conf"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        return outcome.out + outcome.err;
    }
    static constexpr const char* kRemark = "remark: <Directory ";
    static constexpr const char* kSays = "to say Options +FollowSymLinks";
};

TEST_F(OverrideCheck, TellsThatFollowSymLinksMayComeBack) {
    for (const char* lines :
         {"Options SymLinksIfOwnerMatch\nAllowOverride All\n",
          "Options None\nAllowOverride Options\n",
          "Options -FollowSymLinks\nAllowOverride FileInfo Options=FollowSymLinks,Indexes\n"}) {
        const std::string text = said(lines);
        EXPECT_NE(text.find(kRemark), std::string::npos) << lines << text;
        EXPECT_NE(text.find(kSays), std::string::npos) << lines << text;
    }
    const std::string outer = "<Directory />\nOptions None\n</Directory>\n";
    EXPECT_NE(said("AllowOverride All\n", outer).find(kSays), std::string::npos);
}

TEST_F(OverrideCheck, SaysNothingWhereNothingIsWithheldOrNothingComesBack) {
    for (const char* lines :
         {"AllowOverride All\n",
          "Options FollowSymLinks\nAllowOverride All\n",
          "Options None\nAllowOverride FileInfo AuthConfig\n",
          "Options SymLinksIfOwnerMatch\nAllowOverride Options=Indexes,SymLinksIfOwnerMatch\n"}) {
        const std::string text = said(lines);
        EXPECT_EQ(text.find(kSays), std::string::npos) << lines << text;
    }
}

// With process-group= of the alias alone, what a tenant makes a script is not of its group.
TEST_F(OverrideCheck, TellsThatScriptsOfATenantMayRunEmbedded) {
    constexpr const char* kEmbedded = "would run in embedded mode";
    const std::string group = "WSGIDaemonProcess shop user=daemon group=daemon\n";
    for (const char* lines :
         {"AllowOverride All\n",
          "AllowOverride FileInfo Options=ExecCGI\n",
          "Options +ExecCGI\nAllowOverride FileInfo\n"}) {
        const std::string text = said(lines, group);
        EXPECT_NE(text.find(kEmbedded), std::string::npos) << lines << text;
    }
    for (const char* lines :
         {"AllowOverride All\nWSGIProcessGroup shop\n",
          "AllowOverride FileInfo\n",
          "AllowOverride Options\n",
          "AllowOverride FileInfo Options=Indexes\n"}) {
        const std::string text = said(lines, group);
        EXPECT_EQ(text.find(kEmbedded), std::string::npos) << lines << text;
    }
    const auto restricted = said("AllowOverride All\n", group + "WSGIRestrictEmbedded On\n");
    EXPECT_EQ(restricted.find(kEmbedded), std::string::npos) << restricted;
    EXPECT_EQ(said("AllowOverride All\n").find(kEmbedded), std::string::npos);
}

}  // namespace
}  // namespace test
