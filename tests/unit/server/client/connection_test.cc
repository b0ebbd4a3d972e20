// A Connection between a client and a daemon process, both of which are the test: what it keeps,
// and when it asks whom.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

// A script's file, whose content is a daemon process's business.
std::string mount_of(const TempDir& tmp) {
    write_file(tmp / "app.wsgi", "");
    return fmt::format(
        "WSGIDaemonProcess app\nWSGIScriptAlias /app {0}/app.wsgi process-group=app "
        "application-group=%{{GLOBAL}}\n<Directory {0}>\nRequire all granted\n</Directory>\n",
        tmp.path()
    );
}

std::string post(std::size_t size, const std::string& body) {
    return "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           body;
}

class ConnectionTest : public testing::Test {
protected:
    // True while the daemon process has been told nothing.
    bool is_untold() {
        for (int i = 0; i < 5; ++i) {
            loop_.turn();
        }
        pollfd end{daemon_.fd(), POLLIN, 0};
        return ::poll(&end, 1, 0) == 0;
    }

    TempDir tmp_;
    LoopUnderTest loop_{mount_of(tmp_)};
    ipc::Channel& daemon_ = loop_.add_daemon();
};

TEST_F(ConnectionTest, AsksTheApplicationWhenTheBodyIsThere) {
    const base::Fd client = loop_.connect();
    LoopUnderTest::write(client, post(5, "he"));
    EXPECT_TRUE(is_untold());
    LoopUnderTest::write(client, "llo");
    const auto head = loop_.hear(daemon_);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->type, ipc::FrameType::kHead);
    const auto body = loop_.hear(daemon_);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->payload, "hello");
}

// RFC 9110 section 10.1.1: there is nothing to wait for.
TEST_F(ConnectionTest, AsksTheApplicationAtOnceWhereTheBodyIsHeldBack) {
    const base::Fd client = loop_.connect();
    LoopUnderTest::write(
        client, "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    const auto head = loop_.hear(daemon_);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->type, ipc::FrameType::kHead);
}

TEST_F(ConnectionTest, ForgetsTheBodyOfAClientThatLeaves) {
    {
        const base::Fd client = loop_.connect();
        LoopUnderTest::write(client, post(50000, std::string(40000, 'b')));
        EXPECT_TRUE(loop_.turn_until([this] { return loop_->service().bodies().taken() == 50000; })
        );
        EXPECT_TRUE(is_untold());
    }
    EXPECT_TRUE(loop_.turn_until([this] { return loop_->service().bodies().taken() == 0; }));
    EXPECT_TRUE(is_untold());
    // And the exchange is as good as new.
    const base::Fd client = loop_.connect();
    LoopUnderTest::write(client, post(3, "abc"));
    EXPECT_EQ(loop_.hear(daemon_)->type, ipc::FrameType::kHead);
    EXPECT_EQ(loop_.hear(daemon_)->payload, "abc");
}

// All clients together: where there is no room for their bodies left, they wait, and those of
// others who need little do not.
TEST_F(ConnectionTest, KeepsABoundedSumOfBodies) {
    constexpr std::size_t kPart = 250'000;
    std::vector<base::Fd> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(loop_.connect());
        std::string rest = post(300'000, std::string(kPart, 'b'));
        for (int quiet = 0; !rest.empty() && quiet < 5;) {
            const ssize_t sent =
                ::send(clients.back().get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            quiet = sent > 0 ? 0 : quiet + 1;
            rest.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
            loop_.turn();
        }
    }
    EXPECT_TRUE(is_untold());
    EXPECT_GT(loop_->service().bodies().taken(), 12U << 20);
    EXPECT_LE(loop_->service().bodies().taken(), 16U << 20)
        << "half of all is the most for one virtual host, and half of that for one address";
    const base::Fd honest = loop_.connect();
    LoopUnderTest::write(honest, post(5, "hello"));
    EXPECT_EQ(loop_.hear(daemon_)->type, ipc::FrameType::kHead);
    EXPECT_EQ(loop_.hear(daemon_)->payload, "hello");
}

// Requests behind one that is being answered: a bounded part of them is taken off the socket.
TEST_F(ConnectionTest, KeepsABoundedPartOfWhatIsPipelined) {
    const base::Fd client = loop_.connect();
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
        requests += "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    std::size_t sent_in_all = 0;
    for (int quiet = 0; quiet < 20;) {
        const ssize_t sent =
            ::send(client.get(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        quiet = sent > 0 ? 0 : quiet + 1;
        sent_in_all += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        ASSERT_LT(sent_in_all, 16U << 20) << "the kernel's own buffers hold some mebibytes";
        loop_.turn();
    }
    EXPECT_GT(sent_in_all, 64U << 10);
    EXPECT_EQ(loop_.hear(daemon_)->type, ipc::FrameType::kHead);
}

// Answering some of them makes room for a part again, not for all.
TEST_F(ConnectionTest, KeepsABoundedPartWhileItAnswersPages) {
    const base::Fd client = loop_.connect();
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
        requests += "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    // Nobody reads the answers: once the sockets are full, nothing goes on.
    std::size_t sent_in_all = 0;
    for (int quiet = 0; quiet < 20;) {
        const ssize_t sent =
            ::send(client.get(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        quiet = sent > 0 ? 0 : quiet + 1;
        sent_in_all += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        ASSERT_LT(sent_in_all, 8U << 20);
        loop_.turn();
    }
}

}  // namespace
}  // namespace test
