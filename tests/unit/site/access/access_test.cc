// Who may ask. Each row was asked of Apache 2.4 with the modules authz_core, authz_host and
// access_compat, and answered as it stands here: "+" is granted, "-" is 403.
#include "core/site/access/access.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/text/effort.h"
#include "tests/unit/config/section_lines.h"
#include "tests/unit/site/fake_walk.h"

namespace test {
namespace {

struct Asked {
    std::string_view method = "GET";
    std::string_view from = "127.0.0.1";
    std::string_view server = "198.51.100.1";
};

site::Decision decide(const config::AccessRules& rules, const Asked& asked) {
    FakeWalk fake(Fields{{"Host", "main.example"}});
    fake.request.method = asked.method;
    fake.request.remote_addr = asked.from;
    fake.request.server_addr = asked.server;
    fake.walk.environment.set("foo", "1");
    return site::decide(rules, fake.walk);
}

// The rules of two sections, one in the other.
config::AccessRules merged(std::string_view outer_text, std::string_view inner_text) {
    SectionLines outer;
    SectionLines inner;
    EXPECT_EQ(outer.read(outer_text), "") << outer_text;
    EXPECT_EQ(inner.read(inner_text), "") << inner_text;
    auto rules = outer.settings().access;
    rules.overlay(inner.settings().access);
    return rules;
}

struct Row {
    const char* outer;
    const char* inner;
    const char* asked;  // "GET+ POST-"
};

void expect(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        const auto rules = merged(row.outer, row.inner);
        std::string answers;
        std::string_view rest = row.asked;
        while (!rest.empty()) {
            const auto method = rest.substr(0, rest.find_first_of("+-"));
            const bool is_granted = decide(rules, {.method = method}).is_granted();
            answers += fmt::format("{}{}", method, is_granted ? "+" : "-");
            rest.remove_prefix(method.size() + 1);
            if (!rest.empty()) {
                rest.remove_prefix(1);
                answers += " ";
            }
        }
        EXPECT_EQ(answers, row.asked) << row.outer << "\n--\n" << row.inner;
    }
}

TEST(Access, RequireGrantsByOneOfItsLines) {
    expect({
        {"", "", "GET+"},
        {"", "Require all granted", "GET+"},
        {"", "Require all denied", "GET-"},
        {"", "Require all denied\nRequire local", "GET+"},
        {"", "Require ip 10\nRequire ip 127", "GET+"},
        {"", "Require ip 10\nRequire ip 11", "GET-"},
        {"", "Require env foo", "GET+"},
        {"", "Require env FOO", "GET+"},
        {"", "Require env bar foo", "GET+"},
        {"", "Require env bar", "GET-"},
        {"", "Require method HEAD", "GET+ HEAD+"},
        {"", "Require method GET", "GET+ HEAD+ POST- BREW- get-"},
        {"", "Require host localhost", "GET+"},
        {"", "Require expr %{HTTP_HOST} == 'main.example'", "GET+"},
        {"", "Require expr \"%{REQUEST_METHOD} == 'POST'\"", "GET- POST+"},
        {"",
         "<RequireAll>\nRequire all granted\nRequire not expr %{REQUEST_METHOD} == "
         "'GET'\n</RequireAll>",
         "GET- POST+"},
    });
}

TEST(Access, RequireKnowsAddresses) {
    struct Address {
        const char* rule;
        const char* from;
        bool is_granted;
    };
    const std::vector<Address> rows = {
        {"Require ip 192.0.2.0/24", "192.0.2.9", true},
        {"Require ip 192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"Require ip 192.0.2.0/24", "192.0.3.9", false},
        {"Require ip 192.0.2.0/24 2001:db8::/32", "2001:db8::1", true},
        {"Require ip 2001:db8::/32", "192.0.2.9", false},
        {"Require ip 192", "not an address", false},
        {"Require local", "127.9.9.9", true},
        {"Require local", "::1", true},
        {"Require local", "::ffff:127.0.0.1", true},
        {"Require local", "198.51.100.1", true},  // both ends are the same machine
        {"Require local", "198.51.100.2", false},
        {"Require host localhost", "::1", true},
        {"Require host localhost", "127.0.0.2", false},
    };
    for (const auto& row : rows) {
        const auto rules = merged("", row.rule);
        EXPECT_EQ(decide(rules, {.from = row.from}).is_granted(), row.is_granted)
            << row.rule << " from " << row.from;
    }
}

TEST(Access, ContainersNest) {
    expect({
        {"", "<RequireAll>\nRequire not ip 10\nRequire ip 127\n</RequireAll>", "GET+"},
        {"", "<RequireAll>\nRequire not ip 127\nRequire all granted\n</RequireAll>", "GET-"},
        {"", "<RequireAll>\nRequire not ip 10\nRequire ip 11\n</RequireAll>", "GET-"},
        {"",
         "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 127.0.0.0/8\nRequire ip "
         "10\n</RequireNone>\n</RequireAll>",
         "GET-"},
        {"",
         "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 9\nRequire ip "
         "10\n</RequireNone>\n</RequireAll>",
         "GET+"},
        {"",
         "<RequireAll>\n<RequireAny>\nRequire ip 10\nRequire ip 127\n</RequireAny>\nRequire all "
         "granted\n</RequireAll>",
         "GET+"},
        {"",
         "<RequireAny>\n<RequireAll>\nRequire ip 10\nRequire all granted\n</RequireAll>\nRequire "
         "env foo\n</RequireAny>",
         "GET+"},
        {"", "<RequireAll>\nRequire ip 127\nRequire env bar\n</RequireAll>", "GET-"},
        {"", "<RequireAll>\nRequire ip 10\n</RequireAll>\nRequire env foo", "GET+"},
    });
}

TEST(Access, RequireIsLimitedToMethods) {
    expect({
        {"", "<Limit GET>\nRequire all denied\n</Limit>", "GET- HEAD- POST+ BREW+"},
        {"", "<Limit BREW>\nRequire all denied\n</Limit>", "GET+ BREW- brew+"},
        {"", "<LimitExcept GET>\nRequire all denied\n</LimitExcept>", "GET+ HEAD+ POST- BREW-"},
        {"", "<Limit POST>\nRequire all denied\n</Limit>\nRequire ip 10", "GET- POST-"},
        {"",
         "<Limit POST>\n<RequireAll>\nRequire all granted\nRequire not ip "
         "127.0.0.1\n</RequireAll>\n</Limit>",
         "GET+ POST-"},
        {"",
         "<RequireAll>\nRequire all granted\n<Limit POST>\nRequire ip 10\n</Limit>\n</RequireAll>",
         "GET+ POST-"},
        {"",
         "<RequireAll>\n<Limit POST>\nRequire all denied\n</Limit>\n</RequireAll>",
         "GET+ POST-"},
        {"",
         "<RequireAny>\n<Limit POST>\nRequire all granted\n</Limit>\nRequire ip 10\n</RequireAny>",
         "GET- POST+"},
    });
}

TEST(Access, RequireOfAnInnerSectionReplaces) {
    expect({
        {"Require all denied", "", "GET-"},
        {"Require all denied", "Require all granted", "GET+"},
        {"Require all granted", "Require all denied", "GET-"},
        {"Require all denied", "AuthMerging Off", "GET+"},  // indeed
        {"Require all denied", "AuthMerging And\nRequire all granted", "GET-"},
        {"Require all denied", "AuthMerging Or\nRequire all granted", "GET+"},
        {"Require all denied", "AuthMerging Or", "GET-"},
        {"", "AuthMerging And\nRequire all denied", "GET-"},
        {"<Limit POST>\nRequire all denied\n</Limit>",
         "AuthMerging And\nRequire all granted",
         "GET+ POST-"},
        {"Require all denied",
         "AuthMerging Or\n<Limit POST>\nRequire all granted\n</Limit>",
         "GET- POST+"},
    });
}

TEST(Access, OrderDecidesBetweenAllowAndDeny) {
    expect({
        {"", "Deny from all", "GET-"},
        {"", "Deny from 10", "GET+"},
        {"", "Allow from 10", "GET+"},
        {"", "Order deny,allow\nDeny from all\nAllow from 127.0.0.1", "GET+"},
        {"", "Order allow,deny\nDeny from all\nAllow from 127.0.0.1", "GET-"},
        {"", "Order allow,deny", "GET-"},
        {"", "Order allow,deny\nAllow from 10 127", "GET+"},
        {"", "Order allow,deny\nAllow from env=foo", "GET+"},
        {"", "Order allow,deny\nAllow from env=bar", "GET-"},
        {"", "Order allow,deny\nAllow from env=!bar", "GET+"},
        {"", "Order deny,allow\nDeny from env=!foo", "GET+"},
        {"", "Order deny,allow\nDeny from all\nAllow from localhost", "GET+"},
        {"", "Order mutual-failure\nAllow from all", "GET+"},
        {"", "Order mutual-failure\nAllow from all\nDeny from 127.0.0.1", "GET-"},
        {"", "Order mutual-failure", "GET-"},
    });
}

TEST(Access, OrderIsLimitedToMethods) {
    expect({
        {"", "<Limit GET>\nDeny from all\n</Limit>", "GET- POST+"},
        {"", "Order allow,deny\n<Limit GET>\nAllow from all\n</Limit>", "GET+ POST-"},
        {"", "<Limit GET>\nOrder allow,deny\n</Limit>", "GET- POST+"},
        {"", "<Limit GET>\nOrder allow,deny\n</Limit>\nOrder deny,allow", "GET+ POST+"},
        {"", "Order deny,allow\n<Limit GET>\nOrder allow,deny\n</Limit>", "GET- POST+"},
        {"", "Require all denied\n<Limit GET>\nSatisfy Any\n</Limit>", "GET+ POST-"},
    });
}

TEST(Access, OfApache22IsReplacedAsAWhole) {
    expect({
        {"Deny from all", "", "GET-"},
        {"Deny from all", "Order deny,allow", "GET+"},
        {"Deny from all", "Satisfy All", "GET+"},
        {"Order allow,deny\nDeny from all", "Allow from 127.0.0.1", "GET+"},
        {"Order allow,deny", "Deny from 10.0.0.1", "GET+"},
        {"Deny from all", "Require all granted", "GET-"},
    });
}

TEST(Access, SatisfyJoinsBothKinds) {
    expect({
        {"", "Require all granted\nSatisfy All\nDeny from all", "GET-"},
        {"", "Require all denied\nOrder allow,deny\nAllow from all", "GET-"},
        {"", "Require all granted\nSatisfy Any\nDeny from all", "GET+"},
        {"", "Require all denied\nSatisfy Any", "GET+"},
        {"", "Require all denied\nSatisfy Any\nOrder allow,deny", "GET-"},
        {"", "Satisfy Any\nDeny from all", "GET+"},
        {"Require all denied", "Satisfy Any\nOrder allow,deny\nAllow from all", "GET+"},
    });
}

TEST(Access, SaysWhichRuleDecided) {
    struct Reason {
        const char* outer;
        const char* inner;
        const char* reason;
    };
    const std::vector<Reason> rows = {
        {"", "", "granted, as no rule is about it"},
        {"", "\nRequire all granted", "granted by Require all granted (command line:2)"},
        {"", "Require ip 10", "denied by Require ip 10 (command line:1)"},
        {"", "\nRequire ip 10\nRequire ip 11", "denied by <RequireAny> (command line:2)"},
        {"", "Require ip 10\nRequire env foo", "granted by Require env foo (command line:2)"},
        {"",
         "<RequireAll>\nRequire all granted\nRequire not local\n</RequireAll>",
         "denied by Require not local (command line:3)"},
        {"",
         "<RequireAll>\nRequire all granted\nRequire not ip 10\n</RequireAll>",
         "granted by <RequireAll> (command line:1)"},
        {"Require all denied",
         "\nAuthMerging And\nRequire all granted",
         "denied by Require all denied (command line:1)"},
        {"", "Order allow,deny\nAllow from 10", "denied by Order Allow,Deny (command line:1)"},
        {"",
         "Allow from 10\nDeny from 1 127.0.0.0/8",
         "denied by Deny from 127.0.0.0/8 (command line:2)"},
        {"",
         "Deny from all\nSatisfy Any\nRequire local",
         "granted by Require local (command line:3)"},
    };
    for (const auto& row : rows) {
        const auto rules = merged(row.outer, row.inner);
        EXPECT_EQ(decide(rules, {}).reason(), row.reason) << row.inner;
    }
}

// T-60: a rule that cannot be told lets nobody in, negated or not.
TEST(Access, T60LetsNobodyInByARuleThatGivesUp) {
    for (const char* text :
         {"Require expr req('Long') =~ /^(a+)+$/",
          "<RequireAll>\nRequire all granted\nRequire not expr req('Long') =~ "
          "/^(a+)+$/\n</RequireAll>",
          "<RequireAny>\nRequire expr req('Long') =~ /^(a+)+$/\nRequire all "
          "granted\n</RequireAny>"}) {
        const auto rules = merged("", text);
        FakeWalk fake(Fields{{"Long", std::string(5000, 'a') + "b"}});
        const auto decision = site::decide(rules, fake.walk);
        EXPECT_EQ(decision.status, 500) << text;
        EXPECT_NE(decision.reason().find("failed in Require"), std::string::npos)
            << decision.reason();
    }
}

TEST(Access, SharesWhatSectionsHaveInCommon) {
    SectionLines outer;
    ASSERT_EQ(outer.read("Require ip 10\nDeny from 11\n"), "");
    const auto before = outer.settings().access;
    EXPECT_EQ(before.required, outer.settings().access.required);
    // Who reads on after that changes nobody else's rules.
    ASSERT_EQ(outer.read("Require ip 127\nDeny from 127\n"), "");
    EXPECT_EQ(before.required->children.size(), 1U);
    EXPECT_EQ(before.by_host->denies.size(), 1U);
    EXPECT_EQ(outer.settings().access.required->children.size(), 2U);
}

// A tenant's file may hold as many as it likes, and each request asks them all.
TEST(SiteAccess, OfVeryManyRulesFailsOnceTheyTakeTooLong) {
    constexpr int kMany = 100'000;
    std::string lines;
    std::string words = "Require ip";
    for (int i = 0; i < kMany; ++i) {
        lines += "Deny from 10.1\n";
        words += " 10.1";
    }
    for (const std::string& text : {lines, words}) {
        SectionLines section;
        ASSERT_EQ(section.read(text), "");
        const FakeWalk fake(Fields{});
        const base::Effort effort(base::Effort::Time(0));
        auto decision = site::decide(section.settings().access, fake.walk);
        // A fast machine is through before the clock has gone on: so many of them are not.
        for (int i = 0; i < 1000 && decision.status != 500; ++i) {
            decision = site::decide(section.settings().access, fake.walk);
        }
        EXPECT_EQ(decision.status, 500) << text.substr(0, 20);
        EXPECT_NE(decision.reason().find("take too long"), std::string::npos) << decision.reason();
    }
}

TEST(SiteAccess, ByNameOfTheHostWantsToKnowItFirst) {
    struct Named {
        const char* rules;
        const char* host;  // null: nobody has looked
        bool is_granted;
        bool wants_name;
    };
    const auto rows = {
        Named{"Require host example.org", nullptr, false, true},
        Named{"Require host example.org", "", false, false},
        Named{"Require host example.org", "example.org", true, false},
        Named{"Require host Example.org", "WWW.EXAMPLE.ORG", true, false},
        Named{"Require host example.org", "notexample.org", false, false},
        Named{"Require host .example.org", "www.example.org", true, false},
        Named{"Require host .example.org", "example.org", false, false},
        Named{"Require host example.org.", "example.org", false, false},
        Named{"Require host a b.c", "x.b.c", true, false},
        Named{"Require not host example.org\nRequire all granted", nullptr, false, true},
        // Who is let in before is not asked.
        Named{"Require all granted\nRequire host example.org", nullptr, true, false},
        Named{"Order deny,allow\nDeny from all\nAllow from example.org", nullptr, false, true},
        Named{
            "Order deny,allow\nDeny from all\nAllow from example.org",
            "a.example.org",
            true,
            false},
        Named{"Order allow,deny\nAllow from all\nDeny from .org", "a.example.org", false, false},
    };
    for (const auto& row : rows) {
        SectionLines lines;
        const std::string text = row.rules;
        EXPECT_EQ(
            lines.read(
                text.starts_with("Require not") ? "<RequireAll>\n" + text + "\n</RequireAll>" : text
            ),
            ""
        );
        FakeWalk fake(Fields{});
        if (row.host != nullptr) {
            fake.request.remote_host = row.host;
        }
        const auto decision = site::decide(lines.settings().access, fake.walk);
        EXPECT_EQ(decision.needs_remote_host, row.wants_name) << row.rules;
        EXPECT_TRUE(row.wants_name || decision.is_granted() == row.is_granted)
            << row.rules << " for " << (row.host == nullptr ? "nobody" : row.host);
    }
}

// Apache takes a client of which nothing can be found out for one without a name, and so lets it in
// where a rule is about those who are to be kept out.
TEST(Access, DecidesByNoNameThatCannotBeFoundOut) {
    struct Unknown {
        const char* rules;
        int status;
    };
    const auto rows = {
        Unknown{"Require host a.example", 503},
        Unknown{
            "<RequireAll>\nRequire all granted\nRequire not host a.example\n</RequireAll>", 503},
        Unknown{
            "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire host a.example\n"
            "</RequireNone>\n</RequireAll>",
            503},
        // Where it makes no difference.
        Unknown{"Require host a.example\nRequire all granted", 0},
        Unknown{"<RequireAll>\nRequire not host a.example\nRequire all denied\n</RequireAll>", 403},
        Unknown{"<RequireAll>\nRequire host a.example\nRequire ip 10.0.0.0/8\n</RequireAll>", 403},
        Unknown{"Order deny,allow\nDeny from a.example", 503},
        Unknown{"Order deny,allow\nDeny from a.example\nAllow from all", 0},
        Unknown{"Order deny,allow\nAllow from a.example", 0},
        Unknown{"Order deny,allow\nDeny from all\nAllow from a.example", 503},
        Unknown{"Order allow,deny\nAllow from a.example", 503},
        Unknown{"Order allow,deny\nAllow from all\nDeny from a.example", 503},
        Unknown{"Order allow,deny\nAllow from a.example\nDeny from all", 403},
        Unknown{"Order allow,deny\nDeny from a.example", 403},
        Unknown{"Order deny,allow\nDeny from a.example\nRequire all granted\nSatisfy any", 0},
        Unknown{"Order deny,allow\nDeny from a.example\nRequire all denied\nSatisfy any", 503},
    };
    for (const auto& row : rows) {
        SectionLines lines;
        EXPECT_EQ(lines.read(row.rules), "");
        FakeWalk fake(Fields{});
        fake.request.remote_host = "";
        fake.request.is_remote_host_unknown = true;
        EXPECT_EQ(site::decide(lines.settings().access, fake.walk).status, row.status) << row.rules;
    }
}

}  // namespace
}  // namespace test
