// Access logs: Apache's common and combined formats, and that no client can write a line of its own
// (T-33).
#include "core/server/access_log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

using config::AccessFormat;
using server::AccessLogBuffer;
using server::AccessLogFile;

class ServerAccessLog : public testing::Test {
protected:
    ServerAccessLog() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        request_.method = "GET";
        request_.target = "/x?y=1";
    }
    static AccessLogFile file(AccessFormat format) {
        return {base::Fd(::memfd_create("access", MFD_CLOEXEC)), format};
    }
    static std::string content(const AccessLogFile& file) {
        std::string text(65536, '\0');
        const ssize_t size = ::pread(file.fd.get(), text.data(), text.size(), 0);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }
    std::string line(AccessFormat format, int status = 200, std::uint64_t bytes = 5) {
        const AccessLogFile log = file(format);
        buffer_.add(log, {"192.0.2.1", request_, status, bytes}, kTime);
        buffer_.flush();
        return content(log);
    }

    static constexpr std::int64_t kTime = 784111777;  // RFC 9110's: Sun, 06 Nov 1994 08:49:37 GMT
    http::Request request_;
    AccessLogBuffer buffer_;
};

TEST_F(ServerAccessLog, WritesTheCommonFormat) {
    EXPECT_EQ(
        line(AccessFormat::kCommon),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.1\" 200 5\n"
    );
}

TEST_F(ServerAccessLog, WritesTheCombinedFormat) {
    request_.minor = 0;
    request_.headers.add("User-Agent", "curl/7.88");
    request_.headers.add("referer", "http://example.com/");
    EXPECT_EQ(
        line(AccessFormat::kCombined, 404, 1234567890123),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.0\" 404 1234567890123"
        " \"http://example.com/\" \"curl/7.88\"\n"
    );
}

TEST_F(ServerAccessLog, WritesADashForWhatIsNotThere) {
    EXPECT_EQ(
        line(AccessFormat::kCombined, 304, 0),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /x?y=1 HTTP/1.1\" 304 - \"-\" \"-\"\n"
    );
}

TEST_F(ServerAccessLog, WritesADashForARequestThatWasNotUnderstood) {
    request_.method.clear();
    request_.target.clear();
    EXPECT_EQ(
        line(AccessFormat::kCommon, 400, 0),
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 -\n"
    );
}

TEST_F(ServerAccessLog, KeepsClientsInsideTheirField) {
    request_.target = "/\" 200 1\\";
    request_.headers.add("User-Agent", "a\nb\r\tc\x7f\xff\" \\");
    const std::string text = line(AccessFormat::kCombined);
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

TEST_F(ServerAccessLog, KeepsLinesUntilTheyAreFlushedAndWritesThemOnce) {
    const AccessLogFile one = file(AccessFormat::kCommon);
    const AccessLogFile two = file(AccessFormat::kCombined);
    buffer_.add(one, {"192.0.2.1", request_, 200, 1}, kTime);
    buffer_.add(two, {"192.0.2.2", request_, 200, 2}, kTime);
    buffer_.add(one, {"192.0.2.3", request_, 200, 3}, kTime + 1);
    EXPECT_EQ(content(one), "");
    buffer_.flush();
    const std::string first = content(one);
    EXPECT_TRUE(first.starts_with("192.0.2.1 "));
    EXPECT_NE(first.find("\n192.0.2.3 - - [06/Nov/1994:08:49:38 +0000]"), std::string::npos)
        << first;
    EXPECT_EQ(first.find("192.0.2.2"), std::string::npos);
    buffer_.flush();
    EXPECT_EQ(content(one), first);
    EXPECT_TRUE(content(two).starts_with("192.0.2.2 "));
}

TEST_F(ServerAccessLog, WritesLocalTime) {
    ::setenv("TZ", "IST-5:30", 1);
    ::tzset();
    EXPECT_NE(line(AccessFormat::kCommon).find("[06/Nov/1994:14:19:37 +0530]"), std::string::npos);
}

}  // namespace
