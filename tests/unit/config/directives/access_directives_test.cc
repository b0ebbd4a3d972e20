// Require, its containers, and Order, Allow, Deny and Satisfy: what they accept, what they refuse
// and how they are shown. What Apache refuses is refused here, too.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config/values/access_values.h"
#include "tests/unit/config/section_lines.h"

namespace test {
namespace {

using Lines = std::vector<std::string>;

const std::vector<std::string_view> kNames = {
    "AuthMerging", "Require", "Order", "Allow", "Deny", "Satisfy"};

TEST(AccessDirectives, AreShownAsTheyWereMeant) {
    SectionLines lines;
    EXPECT_EQ(
        lines.read("AuthMerging and\n"
                   "Require all granted\n"
                   "Require ip 10 192.168.1. 10.0.0.0/8 10.0.0.0/255.0.0.0 ::1 2001:db8::/32\n"
                   "Require host localhost\n"
                   "Require local\n"
                   "Require env a b\n"
                   "Require method GET PROPFIND\n"
                   "Require expr \"%{HTTP_HOST} == 'x'\"\n"
                   "Require expr   %{HTTP_HOST}  == 'x y'\n"
                   "Order allow,deny\n"
                   "Order Deny,Allow\n"
                   "Allow from 10.1 localhost env=a\n"
                   "Allow From ALL\n"
                   "Deny from env=!a 2001:db8::/32\n"
                   "Satisfy any\n"),
        ""
    );
    EXPECT_EQ(
        lines.shown(kNames),
        (Lines{
            "AuthMerging And",
            "Require all granted",
            "Require ip 10 192.168.1. 10.0.0.0/8 10.0.0.0/255.0.0.0 ::1 2001:db8::/32",
            "Require host localhost",
            "Require local",
            "Require env a b",
            "Require method GET PROPFIND",
            "Require expr \"%{HTTP_HOST} == 'x'\"",
            "Require expr   %{HTTP_HOST}  == 'x y'",
            "Order Deny,Allow",
            "Allow from 10.1",
            "Allow from localhost",
            "Allow from env=a",
            "Allow from ALL",
            "Deny from env=!a",
            "Deny from 2001:db8::/32",
            "Satisfy Any",
        })
    );
    EXPECT_EQ(config::show_access_containers(lines.settings().access), Lines());
}

TEST(AccessDirectives, AreShownWithTheirContainers) {
    SectionLines lines;
    EXPECT_EQ(
        lines.read("<RequireAll>\n"
                   "Require all granted\n"
                   "Require not ip 10\n"
                   "<requirenone>\n"
                   "Require env a\n"
                   "</RequireNone>\n"
                   "<Limit POST HEAD>\n"
                   "Require ip 11\n"
                   "</Limit>\n"
                   "</RequireAll>\n"
                   "Require ip 12\n"
                   "<LimitExcept GET>\n"
                   "Order Allow,Deny\n"
                   "Allow from 13\n"
                   "<RequireAny>\n"
                   "Require ip 14\n"
                   "</RequireAny>\n"
                   "</LimitExcept>\n"),
        ""
    );
    EXPECT_EQ(lines.shown(kNames), (Lines{"Require ip 12"}));
    EXPECT_EQ(
        config::show_access_containers(lines.settings().access),
        (Lines{
            "<RequireAll>",          "    Require all granted",
            "    Require not ip 10", "    <RequireNone>",
            "        Require env a", "    </RequireNone>",
            "    <Limit GET POST>",  "        Require ip 11",
            "    </Limit>",          "</RequireAll>",
            "<RequireAny>",          "    <LimitExcept GET>",
            "        Require ip 14", "    </LimitExcept>",
            "</RequireAny>",         "<LimitExcept GET>",
            "    Order Allow,Deny",  "</LimitExcept>",
            "<LimitExcept GET>",     "    Allow from 13",
            "</LimitExcept>",
        })
    );
}

struct Refusal {
    const char* lines;
    const char* sentence;
};

void expect_refused(const std::vector<Refusal>& refusals) {
    for (const auto& [lines, sentence] : refusals) {
        EXPECT_EQ(SectionLines().read(lines), sentence) << lines;
    }
}

TEST(AccessDirectives, RequireSaysWhatIsWrong) {
    const char* const no_network =
        "\": expected an IP address such as 10.1.2.3 or 2001:db8::1, the first numbers of one "
        "(10.1), or a network such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or 2001:db8::/32";
    const auto of = [](const char* word, const char* sentence) {
        return fmt::format("\"{}{}", word, sentence);
    };
    const auto network = of("10/8", no_network);
    const auto name = of("foo", no_network);
    expect_refused({
        {"Require all", "expected \"all granted\" or \"all denied\""},
        {"Require all granted x", "expected \"all granted\" or \"all denied\""},
        {"Require all foo", "expected \"all granted\" or \"all denied\""},
        {"Require ip", "\"ip\" requires an argument, as in \"Require ip 10.0.0.0/8 ::1\""},
        {"Require ip 10.0.0.1 10/8", network.c_str()},
        {"Require ip foo", name.c_str()},
        {"Require host", "\"host\" requires an argument, as in \"Require host example.org\""},
        {"Require host a.example http://b",
         "\"http://b\": expected the name of a host or domain, such as example.org or "
         ".example.org"},
        {"Require forward-dns localhost b.example",
         "\"forward-dns\" is not implemented but for localhost; write \"host\" and the name that "
         "the client's address leads to, or \"ip\" and addresses"},
        {"Require local x", "\"local\" takes no arguments"},
        {"Require env", "\"env\" requires an argument, as in \"Require env is_trusted\""},
        {"Require method", "\"method\" requires an argument, as in \"Require method GET POST\""},
        {"Require method get",
         "\"get\": expected a method; their letters are large, as in \"GET\""},
        {"Require ALL granted",
         "\"ALL\": expected all, ip, host, local, env, method or expr, or \"not\" and one of them; "
         "did "
         "you mean \"all\"?"},
        {"Require not",
         "\"\": expected all, ip, host, local, env, method or expr, or \"not\" and one of them"},
        {"Require not all denied",
         "a negated rule has no effect in <RequireAny>; put it into <RequireAll>"},
        {"Require ssl", "\"ssl\" is implemented later, together with TLS"},
    });
    for (const char* later : {"valid-user", "user bob", "group staff", "wsgi-group staff"}) {
        const auto name_of_it = std::string(later).substr(0, std::string(later).find(' '));
        EXPECT_EQ(
            SectionLines().read(fmt::format("Require {}", later)),
            fmt::format(
                "\"{}\": who the user is, is implemented later, together with AuthType; until then "
                "nobody could get in, which is written \"Require all denied\"",
                name_of_it
            )
        );
    }
}

TEST(AccessDirectives, OfApache22SayWhatIsWrong) {
    expect_refused({
        {"AuthMerging foo", "must be one of: Off | And | Or"},
        {"Satisfy foo", "must be one of: All | Any"},
        {"Order deny", "expected Deny,Allow or Allow,Deny or Mutual-Failure, without blanks"},
        {"Order deny, allow", "wrong number of words"},
        {"Allow all", "wrong number of words"},
        {"Allow from", "wrong number of words"},
        {"Allow to all", "\"to\": expected \"from\", as in \"Allow from all\""},
        {"Deny all all", "\"all\": expected \"from\", as in \"Deny from all\""},
        {"Deny from a,b",
         "\"a,b\": expected the name of a host or domain, such as example.org or .example.org"},
        {"Allow from 10/8",
         "\"10/8\": expected an IP address such as 10.1.2.3 or 2001:db8::1, the first numbers of "
         "one "
         "(10.1), or a network such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or 2001:db8::/32"},
        {"Allow from 10.1 #mine",
         "\"#mine\": a comment stands on a line of its own, with \"#\" as its first character"},
        {"Allow from env=!", "\"env=\": expected env= or env=! and the name of a variable"},
        {"Deny from env=", "\"env=\": expected env= or env=! and the name of a variable"},
    });
}

TEST(AccessDirectives, ContainersSayWhatIsWrong) {
    expect_refused({
        {"<RequireAll>\n</RequireAll>", "contains no Require; remove it, or write one into it"},
        {"<RequireAll>\nRequire all granted\n<RequireNone>\n</RequireNone>\n</RequireAll>",
         "contains no Require; remove it, or write one into it"},
        {"<RequireAll>\nRequire not ip 10\n</RequireAll>",
         "contains only what is negated, which cannot let anybody in; add what does, such as "
         "\"Require all granted\""},
        {"<RequireAll>\n<RequireNone>\nRequire ip 10\n</RequireNone>\n</RequireAll>",
         "contains only what is negated, which cannot let anybody in; add what does, such as "
         "\"Require all granted\""},
        {"<RequireNone>\nRequire ip 10\n</RequireNone>",
         "a negated rule has no effect in <RequireAny>; put it into <RequireAll>"},
        {"<RequireAny>\nRequire not ip 10\n</RequireAny>",
         "a negated rule has no effect in <RequireAny>; put it into <RequireAll>"},
        {"<RequireNone>\nRequire not ip 10\n</RequireNone>",
         "a negated rule has no effect in <RequireNone>; what stands there is negated already"},
        {"<RequireAll foo>\n", "takes no arguments; write <RequireAll>"},
        {"<Limit>\n", "requires methods, as in \"<Limit POST PUT>\""},
        {"<Limit TRACE>\n", "TRACE cannot be controlled by <Limit>"},
        {"<Limit GET,POST>\n", "\"GET,POST\": expected a method such as POST"},
        {"<Limit GET>\n<Limit POST>\n", "nothing is left of the methods around it"},
        {"<Limit GET>\n<LimitExcept HEAD>\n", "nothing is left of the methods around it"},
        {"<Limit GET>\n<LimitExcept POST>\n", "these methods are excluded already"},
        {"</Limit>\n", "</Limit> without a <Limit> before it"},
    });
    for (const char* container : {"<RequireAll>", "<Limit GET>"}) {
        EXPECT_EQ(
            SectionLines(SectionLines::Kind::kServer).read(container),
            "not allowed here; it stands in <Directory>, <Files>, <Location>, <If> or .htaccess"
        );
        EXPECT_EQ(SectionLines(SectionLines::Kind::kHtaccess).read(container), "");
    }
}

TEST(AccessDirectives, KnowTheirContainer) {
    SectionLines lines;
    auto& access = lines.settings().access;
    EXPECT_EQ(access.requires_in(), "");
    EXPECT_EQ(lines.read("<Limit GET>\n"), "");
    EXPECT_EQ(access.requires_in(), "");
    EXPECT_EQ(lines.read("<RequireAny>\n<Limit GET>\n"), "");
    EXPECT_EQ(access.requires_in(), "RequireAny");
    EXPECT_EQ(lines.read("Require local\n</Limit>\n</RequireAny>\n</Limit>\n"), "");
    EXPECT_EQ(access.requires_in(), "");
    EXPECT_TRUE(access.open.empty());
}

TEST(AccessDirectives, MayStandInSections) {
    namespace override_class = config::override_class;
    const std::vector<std::pair<const char*, override_class::Bits>> rows = {
        {"Require", override_class::kAuthConfig},
        {"AuthMerging", override_class::kAuthConfig},
        {"Satisfy", override_class::kAuthConfig},
        {"Order", override_class::kLimit},
        {"Allow", override_class::kLimit},
        {"Deny", override_class::kLimit},
    };
    for (const auto& [name, its_class] : rows) {
        EXPECT_EQ(config::find(name)->where, config::kDirectory | config::kHtaccess) << name;
        EXPECT_EQ(config::find(name)->override, its_class) << name;
    }
}

}  // namespace
}  // namespace test
