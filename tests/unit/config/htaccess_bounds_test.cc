// What a .htaccess file becomes is counted, because some bytes of text become hundreds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "tests/support/deadline.h"

namespace {

constexpr config::AllowOverride kAllOverrides{config::override_class::kAll, std::nullopt};

std::string text_of_lines(const std::string& line, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += fmt::format(fmt::runtime(line), i) + "\n";
    }
    return text;
}

struct Parsed {
    std::unique_ptr<base::Result<config::Config>> config;
    std::size_t counted = 0;
    std::size_t taken = 0;  // by all that is allocated since
};

std::size_t allocated() {
    const auto facts = ::mallinfo2();
    return facts.uordblks + facts.hblkhd;
}

Parsed parse(const std::string& text) {
    Parsed out;
    config::ParseOptions options;
    options.bytes = &out.counted;
    const auto before = allocated();
    out.config = std::make_unique<base::Result<config::Config>>(
        config::parse_htaccess(text, "/srv/.htaccess", kAllOverrides, {}, options)
    );
    out.taken = allocated() - before;
    return out;
}

TEST(HtaccessBounds, CountNoFewerBytesThanTheFileTakes) {
    const std::vector<std::string> texts = {
        text_of_lines("Deny from 1", 9000),
        text_of_lines("Allow from env=a", 9000),
        text_of_lines("Deny from a.example.org", 9000),
        "Deny from" + text_of_lines(" 1\\", 20000) + " 1\n",
        "Require ip" + text_of_lines(" 1\\", 20000) + " 1\n",
        "Require host" + text_of_lines(" a\\", 20000) + " a\n",
        "<RequireAny>\n" + text_of_lines("Require ip 1", 9000) + "</RequireAny>\n",
        "<RequireAny>\n" + text_of_lines("Require expr 1 == 1", 3000) + "</RequireAny>\n",
        text_of_lines("Require method GET", 9000),
        text_of_lines("<RequireAny>\nRequire local\n</RequireAny>", 3000),
        text_of_lines("SetEnv a{} b", 900),
        text_of_lines("SetEnvIf Host a b", 3000),
        text_of_lines("SetEnvIfExpr true a", 3000),
        "SetEnvIf Host a" + text_of_lines(" b\\", 20000) + " b\n",
        text_of_lines("RewriteRule a b", 3000),
        text_of_lines("RewriteCond a b", 3000) + "RewriteRule a b\n",
        text_of_lines("RewriteCond a b", 3000),
        "AddType a/b" + text_of_lines(" b{}\\", 900) + " b\n",
        text_of_lines("Redirect /a{} /b", 9000),
        text_of_lines("RedirectMatch a /b", 3000),
        text_of_lines("<Files a>\nOptions None\n</Files>", 900),
    };
    for (const auto& text : texts) {
        const auto parsed = parse(text);
        ASSERT_TRUE(*parsed.config) << parsed.config->error().what;
        if (!test::is_sanitized()) {
            EXPECT_GE(parsed.counted, parsed.taken) << text.substr(0, 60);
            EXPECT_LE(parsed.counted, 12 * parsed.taken) << text.substr(0, 60);
        }
    }
}

TEST(HtaccessBounds, SayWhereTheyWerePassed) {
    const std::string one_line = "Require ip" + text_of_lines(" 1\\", 400'000) + " 1\n";
    const auto parsed = parse("# a comment\n" + one_line);
    ASSERT_FALSE(*parsed.config);
    EXPECT_EQ(
        parsed.config->error().what,
        "/srv/.htaccess:2: Require: the directives of this file and their arguments are too many"
    );
    constexpr int kLines = 87'000;
    const auto many = parse("Order Deny,Allow\n" + text_of_lines("Deny from 1", kLines));
    ASSERT_FALSE(*many.config);
    EXPECT_NE(
        many.config->error().what.find("Deny: the directives of this file"), std::string::npos
    ) << many.config->error().what;
    const auto containers =
        parse(text_of_lines("<RequireAny>\nRequire local\n</RequireAny>", 20'000));
    EXPECT_FALSE(*containers.config);
}

// Lists of networks that are to be kept out are as long as that.
TEST(HtaccessBounds, HaveRoomForALongListOfAddresses) {
    const auto parsed =
        parse("Order Allow,Deny\n" + text_of_lines("Deny from 203.0.113.0/24", 20'000));
    EXPECT_TRUE(*parsed.config) << parsed.config->error().what;
    const auto required = parse(
        "<RequireAll>\nRequire all granted\n" +
        text_of_lines("Require not ip 203.0.113.7", 20'000) + "</RequireAll>\n"
    );
    EXPECT_TRUE(*required.config) << required.config->error().what;
}

}  // namespace
