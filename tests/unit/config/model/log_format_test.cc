// Formats of access logs: what an item is, and what is said about one that we do not have. The
// letters are those of Apache's mod_log_config.
#include "core/config/model/log_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/config/model/config.h"

namespace {

using config::LogItem;
using config::parse_log_format;
using Kind = LogItem::Kind;

LogItem item_of(std::string_view text) {
    auto format = parse_log_format(text);
    EXPECT_TRUE(format) << format.error().what;
    if (!format || format->items.size() != 1) {
        ADD_FAILURE() << text << " is not one item";
        return {};
    }
    return format->items.front();
}

std::string refusal_of(std::string_view text) {
    const auto format = parse_log_format(text);
    return format ? std::string() : format.error().what;
}

TEST(LogFormat, IsTextAndItems) {
    const auto format = parse_log_format("[%h]%%\\t\\n\\q\\\\ %b");
    ASSERT_TRUE(format);
    ASSERT_EQ(format->items.size(), 4U);
    EXPECT_EQ(format->items[0].text, "[");
    EXPECT_EQ(format->items[1].kind, Kind::kRemoteAddress);
    EXPECT_EQ(format->items[2].text, "]%\t\n\\q\\ ");
    EXPECT_EQ(format->items[3].kind, Kind::kBodyBytesOrDash);
    EXPECT_TRUE(parse_log_format("")->items.empty());
}

TEST(LogFormat, KnowsEachItem) {
    struct Known {
        const char* text;
        Kind kind;
    };
    const std::vector<Known> all = {
        {"%a", Kind::kRemoteAddress},
        {"%{c}a", Kind::kRemoteAddress},
        {"%A", Kind::kLocalAddress},
        {"%B", Kind::kBodyBytes},
        {"%{x}C", Kind::kCookie},
        {"%D", Kind::kDuration},
        {"%{x}e", Kind::kVariable},
        {"%f", Kind::kFileName},
        {"%H", Kind::kProtocol},
        {"%{x}i", Kind::kRequestField},
        {"%I", Kind::kBytesReceived},
        {"%k", Kind::kKeepAliveCount},
        {"%l", Kind::kNothing},
        {"%L", Kind::kRequestId},
        {"%m", Kind::kMethod},
        {"%{x}o", Kind::kResponseField},
        {"%O", Kind::kBytesSent},
        {"%p", Kind::kCanonicalPort},
        {"%{canonical}p", Kind::kCanonicalPort},
        {"%{local}p", Kind::kLocalPort},
        {"%{remote}p", Kind::kRemotePort},
        {"%P", Kind::kProcess},
        {"%{pid}P", Kind::kProcess},
        {"%{tid}P", Kind::kThread},
        {"%{hextid}P", Kind::kThreadHex},
        {"%q", Kind::kQuery},
        {"%r", Kind::kRequestLine},
        {"%R", Kind::kHandler},
        {"%s", Kind::kStatus},
        {"%>s", Kind::kStatus},
        {"%<s", Kind::kStatus},
        {"%S", Kind::kBytesMoved},
        {"%t", Kind::kTime},
        {"%{begin:}t", Kind::kTime},
        {"%{sec}t", Kind::kTimeNumber},
        {"%{end:msec}t", Kind::kTimeNumber},
        {"%{usec_frac}t", Kind::kTimeFraction},
        {"%{%Y}t", Kind::kTimeAs},
        {"%T", Kind::kDuration},
        {"%u", Kind::kUser},
        {"%U", Kind::kPath},
        {"%v", Kind::kServerName},
        {"%V", Kind::kServerNameAsAsked},
        {"%X", Kind::kConnectionState},
    };
    for (const auto& known : all) {
        EXPECT_EQ(item_of(known.text).kind, known.kind) << known.text;
    }
}

TEST(LogFormat, ReadsTimesAndUnits) {
    EXPECT_EQ(item_of("%D").unit, LogItem::Unit::kMicroseconds);
    EXPECT_EQ(item_of("%T").unit, LogItem::Unit::kSeconds);
    EXPECT_EQ(item_of("%{ms}T").unit, LogItem::Unit::kMilliseconds);
    EXPECT_EQ(item_of("%{us}T").unit, LogItem::Unit::kMicroseconds);
    EXPECT_FALSE(item_of("%{begin:sec}t").is_of_end);
    const auto item = item_of("%{end:%H:%M}t");
    EXPECT_TRUE(item.is_of_end);
    EXPECT_EQ(item.text, "%H:%M");
}

TEST(LogFormat, ReadsStatusConditions) {
    const auto only = item_of("%400,501{User-agent}i");
    EXPECT_EQ(only.text, "User-agent");
    EXPECT_TRUE(only.is_wanted_for(400));
    EXPECT_TRUE(only.is_wanted_for(501));
    EXPECT_FALSE(only.is_wanted_for(200));
    const auto others = item_of("%!200,304{Referer}i");
    EXPECT_FALSE(others.is_wanted_for(304));
    EXPECT_TRUE(others.is_wanted_for(404));
    EXPECT_TRUE(item_of("%s").is_wanted_for(500));
}

TEST(LogFormat, SaysWhatItNeeds) {
    const auto needs = [](std::string_view text) { return parse_log_format(text)->needs; };
    const auto common = needs("%h %l %u %t \"%r\" %>s %O %b \"%{Referer}i\" %v:%p");
    EXPECT_FALSE(common.walk || common.response_head || common.end_time);
    for (const char* text : {"%f", "%R", "%q", "%{x}e"}) {
        EXPECT_TRUE(needs(text).walk) << text;
    }
    for (const char* text : {"%D", "%T", "%{end:sec}t", "%{end:%H}t"}) {
        EXPECT_TRUE(needs(text).end_time) << text;
    }
    EXPECT_TRUE(needs("%{Content-Type}o").response_head);
}

TEST(LogFormat, RefusesWhatIsNotThere) {
    EXPECT_EQ(refusal_of("a %{x}n b"), "\"%{x}n\": there are no notes of modules here");
    EXPECT_EQ(refusal_of("%^FB"), "\"%^FB\": the time to the first byte is not measured");
    EXPECT_EQ(refusal_of("%{x}^ti"), "\"%{x}^ti\": trailers are not kept");
    EXPECT_EQ(refusal_of("%{x}^to"), "\"%{x}^to\": answers have no trailers");
    EXPECT_EQ(refusal_of("%Z"), "\"%Z\": there is no such item");
    EXPECT_EQ(refusal_of("%i"), "\"%i\": expected a name, as in \"%{name}i\"");
    EXPECT_EQ(refusal_of("%{}C"), "\"%{}C\": expected a name, as in \"%{name}C\"");
    EXPECT_EQ(refusal_of("x %{a"), "\"%{a\": a { is opened and never closed");
    EXPECT_EQ(refusal_of("100 %"), "\"%\" ends inside of an item");
    EXPECT_EQ(
        refusal_of("%20s"),
        "\"%20\": expected statuses of three digits, as in \"%400,501{User-agent}i\""
    );
    EXPECT_EQ(refusal_of("%{h}T"), "\"%{h}T\": expected s, ms or us in the braces");
    EXPECT_EQ(refusal_of("%{x}p"), "\"%{x}p\": expected canonical, local or remote in the braces");
    EXPECT_EQ(refusal_of("%{x}P"), "\"%{x}P\": expected pid, tid or hextid in the braces");
    EXPECT_EQ(refusal_of("%{c}L"), "\"%{c}L\": connections have no number; %L is the request's");
}

// --- Which format a log has

config::Config parsed(const std::string& text) {
    auto config = config::parse_text("Listen 1\n" + text, "t.conf");
    EXPECT_TRUE(config) << config.error().what;
    return config ? *std::move(config) : config::Config();
}

// The first text of each log's format, so that a test can mark them.
std::vector<std::string> marks(const config::Config& config, std::uint32_t host) {
    std::vector<std::string> marks;
    for (const auto& log : config::merged_settings(config, host).access_logs) {
        const auto& items = log.format->items;
        marks.push_back(items.empty() ? "" : items.front().text);
    }
    return marks;
}

using Marks = std::vector<std::string>;

TEST(LogFormatName, CountsWhereverItStands) {
    const auto config = parsed(
        "CustomLog /l mine\nLogFormat \"a %h\" mine\nLogFormat \"b %h\" mine\n"
        "<VirtualHost *>\nCustomLog /l mine\n</VirtualHost>\n"
        "<VirtualHost *>\nLogFormat \"c %h\" mine\nCustomLog /l mine\n</VirtualHost>\n"
        "<VirtualHost *>\nLogFormat \"d %h\" mine\n</VirtualHost>\n"
    );
    EXPECT_EQ(marks(config, 0), Marks{"b "});
    EXPECT_EQ(marks(config, 1), Marks{"b "});
    EXPECT_EQ(marks(config, 2), Marks{"c "});
    EXPECT_EQ(marks(config, 3), Marks{"b "});  // the log is the main server's
}

TEST(LogFormatName, OfApacheMayBeTakenOver) {
    EXPECT_EQ(
        marks(parsed("LogFormat \"mine %h\" combined\nCustomLog /l combined\n"), 0), Marks{"mine "}
    );
}

TEST(LogFormatName, ThatNobodyHasGivenIsText) {
    const auto config = parsed("CustomLog /l combine\n");
    EXPECT_EQ(marks(config, 0), Marks{"combine"});
    ASSERT_EQ(config.warnings.size(), 1U);
    EXPECT_EQ(
        config.warnings.front(),
        "t.conf:2: \"combine\": no LogFormat has this name; every line of the log will be this "
        "text, as in Apache"
    );
}

TEST(TransferLog, HasTheFormatWithoutAName) {
    const auto config = parsed(
        "LogFormat \"a %h\"\nTransferLog /l\n<VirtualHost *>\nTransferLog /l\n</VirtualHost>\n"
        "<VirtualHost *>\nLogFormat mine\nTransferLog /l\nLogFormat \"b %h\" mine\n</VirtualHost>\n"
    );
    EXPECT_EQ(marks(config, 0), Marks{"a "});
    EXPECT_EQ(marks(config, 1), Marks{"a "});
    EXPECT_EQ(marks(config, 2), Marks{"b "});
    EXPECT_EQ(marks(parsed("TransferLog /l\n"), 0), Marks{""});
}

TEST(GlobalLog, IsForEveryVirtualHost) {
    const auto config = parsed(
        "GlobalLog /g \"g %h\"\nCustomLog /l \"l %h\"\n"
        "<VirtualHost *>\nCustomLog /o \"o %h\"\n</VirtualHost>\n"
        "<VirtualHost *>\n</VirtualHost>\n"
    );
    EXPECT_EQ(marks(config, 0), (Marks{"g ", "l "}));
    EXPECT_EQ(marks(config, 1), (Marks{"o ", "g "}));
    EXPECT_EQ(marks(config, 2), (Marks{"g ", "l "}));
}

}  // namespace
