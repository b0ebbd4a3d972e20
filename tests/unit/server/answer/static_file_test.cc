// Files that the server sends: which, to whom, and when not (RFC 9110).
#include "core/server/answer/static_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/unit/server/answer/written.h"

namespace {

using server::Page;

constexpr std::int64_t kNow = 2'000'000'000;

class ServerStaticFile : public testing::Test {
protected:
    ServerStaticFile() {
        std::ofstream(file_) << "hello, file";
        set_time(784111777, 5);
        outcome_.kind = site::Outcome::Kind::kFile;
        outcome_.status = 200;
        outcome_.file = file_;
        outcome_.content_type = "text/plain";
    }

    void set_time(std::int64_t seconds, long nanoseconds) const {
        const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
        ASSERT_EQ(::utimensat(AT_FDCWD, file_.c_str(), times, 0), 0);
    }

    struct Answer {
        int page = 0;  // the status of the page that the client gets instead
        std::string allow;
        std::string head;
        std::string body;
        int status = 0;
        std::uint64_t body_bytes = 0;

        [[nodiscard]] std::string field(const std::string& name) const {
            const std::size_t at = head.find("\r\n" + name + ": ");
            const std::size_t start = at + name.size() + 4;
            return at == head.npos ? "" : head.substr(start, head.find('\r', start) - start);
        }
    };
    using Fields = std::vector<std::pair<std::string, std::string>>;

    [[nodiscard]] Answer ask(const std::string& method, const Fields& fields = {}) const {
        http::Request request;
        request.method = method;
        for (const auto& [name, value] : fields) {
            request.headers.add(name, value);
        }
        http::Response head;
        server::Answer given;
        const auto page = server::give_file(outcome_, request, kNow, std::nullopt, head, given);
        Answer answer;
        if (page) {
            EXPECT_FALSE(given.has_pieces() || given.has_ended());
            answer.page = page->status;
            answer.allow = page->allow;
            return answer;
        }
        EXPECT_EQ(given.ending, server::Answer::Ending::kComplete);
        const test::Written written = test::written(given, {.is_head = request.is_head()});
        EXPECT_FALSE(written.writer.is_broken());
        answer.head = written.bytes;
        answer.status = head.status;
        answer.body_bytes = written.writer.body_bytes();
        if (given.file.is_open()) {
            answer.body.resize(given.file_count);
            EXPECT_EQ(
                ::pread(
                    given.file.get(),
                    answer.body.data(),
                    answer.body.size(),
                    static_cast<off_t>(given.file_offset)
                ),
                static_cast<ssize_t>(answer.body.size())
            );
        }
        return answer;
    }

    test::TempDir directory_;
    std::string file_ = directory_ / "file.txt";
    site::Outcome outcome_;
};

TEST_F(ServerStaticFile, IsSentWithWhatACacheNeeds) {
    const Answer answer = ask("GET");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello, file");
    EXPECT_EQ(answer.body_bytes, 11U);
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(answer.field("Content-Length"), "11");
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_TRUE(answer.field("ETag").starts_with("\""));
    // Parts are not offered, so that asking for one gets all (section 14.2).
    EXPECT_EQ(ask("GET", {{"Range", "bytes=0-1"}}).body, "hello, file");
}

TEST_F(ServerStaticFile, HeadSaysTheSameWithoutTheFile) {
    const Answer answer = ask("HEAD");
    EXPECT_EQ(answer.head, ask("GET").head);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.body_bytes, 0U);
}

TEST_F(ServerStaticFile, MayBeEmpty) {
    std::ofstream(file_, std::ios::trunc).flush();
    const Answer answer = ask("GET");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Length"), "0");
    EXPECT_EQ(answer.body, "");
}

TEST_F(ServerStaticFile, IsReadAndNothingElse) {
    const Answer options = ask("OPTIONS");
    EXPECT_EQ(options.status, 200);
    EXPECT_EQ(options.field("Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(options.field("Content-Length"), "0");
    EXPECT_EQ(options.body, "");
    for (const char* method : {"PUT", "DELETE", "BREW", "get"}) {
        const Answer refused = ask(method);
        EXPECT_EQ(refused.page, 405) << method;
        EXPECT_EQ(refused.allow, "GET, HEAD, POST, OPTIONS");
    }
}

TEST_F(ServerStaticFile, IsNotSentToWhoHasItAlready) {
    const std::string etag = ask("GET").field("ETag");
    for (const char* method : {"GET", "HEAD"}) {
        const Answer answer = ask(method, {{"If-None-Match", etag}});
        EXPECT_EQ(answer.status, 304);
        EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 304 Not Modified\r\n"));
        EXPECT_EQ(answer.field("ETag"), etag);
        EXPECT_EQ(answer.field("Content-Length"), "");
        EXPECT_EQ(answer.body, "");
    }
    const Fields since = {{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    EXPECT_EQ(ask("GET", since).status, 304);
    EXPECT_EQ(ask("GET", {{"If-Match", "\"other\""}}).page, 412);
    EXPECT_EQ(ask("GET", {{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}).page, 412);
    EXPECT_EQ(ask("GET", {{"If-Match", etag}}).status, 200);
}

TEST_F(ServerStaticFile, HasAnotherTagWhenItIsAnotherFile) {
    const std::string first = ask("GET").field("ETag");
    set_time(784111777, 6);
    const std::string touched = ask("GET").field("ETag");
    EXPECT_NE(touched, first);
    std::ofstream(file_, std::ios::app) << "!";
    set_time(784111777, 6);
    const std::string longer = ask("GET").field("ETag");
    EXPECT_NE(longer, touched);
    std::ofstream(file_ + ".new") << "hello, file!";
    ASSERT_EQ(::rename((file_ + ".new").c_str(), file_.c_str()), 0);
    set_time(784111777, 6);
    EXPECT_NE(ask("GET").field("ETag"), longer);
}

// Section 8.8.2.1.
TEST_F(ServerStaticFile, WasNeverModifiedInTheFuture) {
    set_time(kNow + 1000, 0);
    EXPECT_EQ(ask("GET").field("Last-Modified"), "Wed, 18 May 2033 03:33:20 GMT");
}

TEST_F(ServerStaticFile, IsARegularFileThatMayBeRead) {
    outcome_.file = directory_ / "missing";
    EXPECT_EQ(ask("GET").page, 404);
    outcome_.file = file_ + "/below";
    EXPECT_EQ(ask("GET").page, 404);
    outcome_.file = directory_.path();
    EXPECT_EQ(ask("GET").page, 403);
    outcome_.file = directory_ / "fifo";
    ASSERT_EQ(::mkfifo(outcome_.file.c_str(), 0600), 0);
    EXPECT_EQ(ask("GET").page, 403);  // and nobody waits for a writer
    outcome_.file = "/dev/zero";
    EXPECT_EQ(ask("GET").page, 403);
}

// An ErrorDocument: whatever was asked, and no validators, which are those of another answer.
TEST_F(ServerStaticFile, MayBeShownForAnError) {
    outcome_.status = 404;
    for (const char* method : {"GET", "POST", "BREW"}) {
        const Answer answer = ask(method, {{"If-None-Match", "*"}});
        EXPECT_EQ(answer.status, 404);
        EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 404 Not Found\r\n"));
        EXPECT_EQ(answer.body, "hello, file");
        EXPECT_EQ(answer.field("ETag"), "");
        EXPECT_EQ(answer.field("Last-Modified"), "");
    }
    outcome_.file = directory_ / "missing";
    EXPECT_EQ(ask("GET").page, 404);
}

TEST_F(ServerStaticFile, HasNoTypeWhereNoneIsKnown) {
    outcome_.content_type.clear();
    EXPECT_EQ(ask("GET").field("Content-Type"), "");
    outcome_.content_type = "text/plain\r\nX: y";
    EXPECT_EQ(ask("GET").page, 500);
}

}  // namespace
