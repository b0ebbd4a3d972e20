// Access logs: what each item of a format writes, and that no client can write a line of its own
// (T-33).
#include "core/server/logs/access_log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/base/system/local_time.h"
#include "tests/support/unit/sample_walk.h"

namespace {

using server::AccessLogBuffer;
using server::AccessLogFile;
using server::AccessRecord;

constexpr const char* kCommon = "%h %l %u %t \"%r\" %>s %b";
constexpr const char* kCombined = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";

class ServerAccessLog : public testing::Test {
protected:
    ServerAccessLog() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        request_.method = "GET";
        request_.target = "/x?y=1";
        record_.status = 200;
        record_.body_bytes = 5;
        record_.begun = kTime;
    }
    static AccessLogFile file() { return {base::Fd(::memfd_create("access", MFD_CLOEXEC))}; }
    static std::string content(const AccessLogFile& file) {
        std::string text(65536, '\0');
        const ssize_t size = ::pread(file.fd.get(), text.data(), text.size(), 0);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }
    static config::LogFormat format(const std::string& text) {
        auto format = config::parse_log_format(text);
        EXPECT_TRUE(format) << format.error().what;
        return format ? *std::move(format) : config::LogFormat();
    }
    // The line, with its end.
    std::string line(const std::string& text, const config::LogCondition* condition = nullptr) {
        const AccessLogFile log = file();
        const auto its_format = format(text);
        buffer_.add({&log, &its_format, condition}, record_);
        buffer_.flush();
        return content(log);
    }
    // Without it.
    std::string written(const std::string& text) {
        auto all = line(text);
        EXPECT_TRUE(all.ends_with('\n'));
        all.pop_back();
        return all;
    }

    // RFC 9110's: Sun, 06 Nov 1994 08:49:37 GMT; and some microseconds.
    static constexpr std::int64_t kTime = 784111777'012345;
    http::Request request_;
    AccessRecord record_{request_, "192.0.2.1"};
    AccessLogBuffer buffer_;
};

TEST_F(ServerAccessLog, WritesTheCommonFormat) {
    EXPECT_EQ(
        line(kCommon), "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.1\" 200 5\n"
    );
}

TEST_F(ServerAccessLog, WritesTheCombinedFormat) {
    request_.minor = 0;
    request_.headers.add("User-Agent", "curl/7.88");
    request_.headers.add("referer", "http://example.com/");
    record_.status = 404;
    record_.body_bytes = 1234567890123;
    EXPECT_EQ(
        line(kCombined),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.0\" 404 1234567890123"
        " \"http://example.com/\" \"curl/7.88\"\n"
    );
}

TEST_F(ServerAccessLog, WritesADashForWhatIsNotThere) {
    record_.status = 304;
    record_.body_bytes = 0;
    EXPECT_EQ(
        line(kCombined),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.1\" 304 - \"-\" \"-\"\n"
    );
    EXPECT_EQ(written("%B %{a}C %{a}e %{a}o %f %R %l %u %L %v"), "0 - - - - - - - - -");
}

// As Apache has it in its log: whoever reads that wants to see what it was.
TEST_F(ServerAccessLog, WritesARequestLineThatWasRefusedAsItCame) {
    request_.method.clear();
    request_.target = "G\x01T /x HTTP/1.1";
    record_.status = 400;
    record_.body_bytes = 0;
    EXPECT_EQ(
        line(kCommon), "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"G\\x01T /x HTTP/1.1\" 400 -\n"
    );
}

// Its client has gone before.
TEST_F(ServerAccessLog, WritesADashForTheStatusOfARequestThatWasNotAnswered) {
    record_.status = 0;
    record_.body_bytes = 0;
    EXPECT_EQ(
        line(kCommon), "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.1\" - -\n"
    );
}

TEST_F(ServerAccessLog, WritesADashForARequestThatWasNotUnderstood) {
    request_.method.clear();
    request_.target.clear();
    record_.status = 400;
    record_.body_bytes = 0;
    EXPECT_EQ(line(kCommon), "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 -\n");
    EXPECT_EQ(written("%m%q"), "-");
}

// As Apache's ap_escape_logitem.
TEST_F(ServerAccessLog, EscapesWhatIsNotPlainText) {
    request_.headers.add("User-Agent", "a\nb\r\t\v\bc\x01\x7f\xc3\xa9\" \\ d");
    EXPECT_EQ(written("%{User-Agent}i"), "a\\nb\\r\\t\\v\\bc\\x01\\x7f\\xc3\\xa9\\\" \\\\ d");
}

TEST_F(ServerAccessLog, KeepsClientsInsideTheirField) {
    request_.target = "/\" 200 1\\";
    request_.headers.add("User-Agent", "a\nb\r\tc\x7f\xff\" \\");
    const std::string text = line(kCombined);
    EXPECT_NE(text.find("\"GET /\\\" 200 1\\\\ HTTP/1.1\""), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    for (const char c : text.substr(0, text.size() - 1)) {
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
    }
    // Outside of escapes the line has the quotes of its three fields, and no more.
    int quotes = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            ++quotes;
        }
    }
    EXPECT_EQ(quotes, 6);
}

TEST_F(ServerAccessLog, WritesWhatEachItemSays) {
    record_.local_addr = "192.0.2.80";
    record_.remote_port = 40000;
    record_.local_port = 8080;
    record_.canonical_port = 80;
    record_.keep_alive_count = 3;
    record_.bytes_received = 100;
    record_.bytes_sent = 205;
    record_.pid = 77;
    record_.server_name = "www.example.com";
    record_.server_name_as_asked = "alias.example.com";
    record_.request_id = "a1";
    request_.target = "/a%20b//c?q=%22";
    EXPECT_EQ(written("%A %p %{canonical}p %{local}p %{remote}p"), "192.0.2.80 80 80 8080 40000");
    EXPECT_EQ(written("%k %I %O %S %P"), "3 100 205 305 77");
    EXPECT_EQ(
        written("%v %V %L %H %m %s %>s"),
        "www.example.com alias.example.com a1 HTTP/1.1 GET 200 200"
    );
    EXPECT_EQ(written("%U%q"), "/a b/c?q=%22");
    EXPECT_EQ(written("%{tid}P"), std::to_string(::gettid()));
    EXPECT_EQ(written("%X"), "-");
    record_.after = server::AfterAnswer::kBroke;
    EXPECT_EQ(written("%X"), "X");
    record_.after = server::AfterAnswer::kLivesOn;
    EXPECT_EQ(written("%X"), "+");
}

TEST_F(ServerAccessLog, WritesTimes) {
    record_.ended = kTime + 61'987'655;  // 08:50:39
    EXPECT_EQ(written("%D %T %{s}T %{ms}T %{us}T"), "61987655 61 61 61987 61987655");
    EXPECT_EQ(written("%{sec}t %{msec}t %{usec}t"), "784111777 784111777012 784111777012345");
    EXPECT_EQ(written("%{msec_frac}t %{usec_frac}t"), "012 012345");
    EXPECT_EQ(written("%{%Y-%m-%d %H:%M:%S}t %{end:%H:%M:%S}t"), "1994-11-06 08:49:37 08:50:39");
    EXPECT_EQ(written("%{end:usec_frac}t %{begin:sec}t"), "000000 784111777");
    EXPECT_EQ(written("%{end:}t"), "[06/Nov/1994:08:50:39 +0000]");
}

TEST_F(ServerAccessLog, KnowsNoDurationBelowNoneWhereTheClockWasSetBack) {
    record_.ended = kTime - 3'600'000'000;
    EXPECT_EQ(written("%D %T %{ms}T"), "0 0 0");
}

TEST_F(ServerAccessLog, FindsFieldsAndCookies) {
    request_.headers.add("X-A", "one");
    request_.headers.add("x-a", "two");
    request_.headers.add("Empty", "");
    request_.headers.add("Cookie", "a=1; session=x=y ; b");
    EXPECT_EQ(written("%{X-a}i|%{Empty}i|%{None}i"), "one, two||-");
    EXPECT_EQ(written("%{session}C %{a}C %{b}C %{c}C"), "x=y 1 - -");
    record_.response_head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a\r\nset-cookie:b";
    EXPECT_EQ(written("%{content-type}o|%{Set-Cookie}o|%{None}o"), "text/html|a, b|-");
}

TEST_F(ServerAccessLog, WritesItemsForSomeStatuses) {
    request_.headers.add("User-Agent", "me");
    EXPECT_EQ(written("%400,501{User-Agent}i %!200,304{User-Agent}i"), "- -");
    record_.status = 400;
    EXPECT_EQ(written("%400,501{User-Agent}i %!200,304{User-Agent}i"), "me me");
}

TEST_F(ServerAccessLog, KnowsWhatTheConfigurationMadeOfTheRequest) {
    support::SampleWalk sample;
    sample.walk.filename = "/srv/www/a";
    sample.walk.handler = "wsgi-script";
    sample.walk.query = "new=1";
    sample.walk.environment.set("NAME", "a \"value\"");
    record_.walk = &sample.walk;
    EXPECT_EQ(
        written("%f %R %q %{NAME}e %{name}e"),
        "/srv/www/a wsgi-script ?new=1 a \\\"value\\\" a \\\"value\\\""
    );
}

TEST_F(ServerAccessLog, LeavesOutWhatAConditionDoesNotWant) {
    support::SampleWalk sample;
    sample.walk.environment.set("quiet", "");
    record_.walk = &sample.walk;
    config::LogCondition condition;
    condition.variable = "quiet";
    EXPECT_EQ(line("%s", &condition), "200\n");
    condition.is_negated = true;
    EXPECT_EQ(line("%s", &condition), "");
    condition.variable = "other";
    EXPECT_EQ(line("%s", &condition), "200\n");
    condition = {};
    condition.expression = *config::Expression::parse_condition("%{REQUEST_METHOD} == 'POST'");
    EXPECT_EQ(line("%s", &condition), "");
    record_.walk = nullptr;  // not understood: only its variables are known not to be there
    EXPECT_EQ(line("%s", &condition), "200\n");
}

TEST_F(ServerAccessLog, KeepsLinesUntilTheyAreFlushedAndWritesThemOnce) {
    const AccessLogFile one = file();
    const AccessLogFile two = file();
    const auto common = format(kCommon);
    const auto status = format("%s");
    buffer_.add({&one, &common, nullptr}, record_);
    buffer_.add({&two, &status, nullptr}, record_);
    record_.begun += 1'000'000;
    buffer_.add({&one, &common, nullptr}, record_);
    EXPECT_EQ(content(one), "");
    buffer_.flush();
    const std::string first = content(one);
    EXPECT_TRUE(first.starts_with("192.0.2.1 - - [06/Nov/1994:08:49:37"));
    EXPECT_NE(first.find("\n192.0.2.1 - - [06/Nov/1994:08:49:38 +0000]"), std::string::npos)
        << first;
    buffer_.flush();
    EXPECT_EQ(content(one), first);
    EXPECT_EQ(content(two), "200\n");
}

TEST_F(ServerAccessLog, WritesLocalTime) {
    ::setenv("TZ", "IST-5:30", 1);
    ::tzset();
    base::keep_time_zone();
    EXPECT_EQ(written("%t"), "[06/Nov/1994:14:19:37 +0530]");
    EXPECT_EQ(written("%{%H:%M %z}t"), "14:19 +0530");
}

}  // namespace
