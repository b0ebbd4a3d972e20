// A Connection in every order of events that a seed brings: clients that send in any pieces, go at
// any step, half or whole; a daemon process that answers at any time or not at all. Whatever
// happened, nothing is left of it when the clients have gone.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

std::string mount_for(const TempDir& tmp) {
    write_file(tmp / "app.wsgi", "");
    return fmt::format(
        "LogLevel crit\nWSGIDaemonProcess app\n"
        "WSGIScriptAlias /app {0}/app.wsgi process-group=app application-group=%{{GLOBAL}}\n"
        "<Directory {0}>\nRequire all granted\n</Directory>\n",
        tmp.path()
    );
}

class ConnectionOrders : public testing::TestWithParam<std::uint32_t> {
protected:
    struct Client {
        base::Fd socket;
        std::string to_send;
    };

    [[nodiscard]] std::size_t any(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
    }

    std::string any_requests() {
        static const std::string kRequests[] = {
            "GET /app HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            "POST /app HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
            "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" +
                std::string(300000, 'b'),
            "POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n",
            "\r\nGET",
        };
        std::string all;
        for (std::size_t i = any(6); i > 0; --i) {
            all += kRequests[any(std::size(kRequests))];
        }
        return all;
    }

    void send_some(Client& client) {
        const std::size_t count =
            any(4) == 0 ? client.to_send.size() : std::min(client.to_send.size(), any(100));
        const ssize_t sent =
            ::send(client.socket.get(), client.to_send.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT);
        client.to_send.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }

    void read_some(Client& client) {
        char bytes[4096];
        [[maybe_unused]] const ssize_t count =
            ::recv(client.socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    }

    // Which requests the daemon process has; it says one last word about each.
    void hear_all() {
        pollfd end{daemon_.fd(), POLLIN, 0};
        if (::poll(&end, 1, 0) == 0) {
            return;
        }
        ASSERT_TRUE(daemon_.receive());
        for (;;) {
            const auto frame = daemon_.next();
            ASSERT_TRUE(frame);
            if (!*frame) {
                return;
            }
            if ((*frame)->header.type == ipc::FrameType::kHead) {
                streams_.insert((*frame)->header.stream);
            }
        }
    }

    void answer_one() {
        if (streams_.empty()) {
            return;
        }
        const auto stream = std::next(streams_.begin(), static_cast<long>(any(streams_.size())));
        if (any(4) == 0) {
            std::string why;
            ipc::encode_abort({500, "raised"}, why);
            LoopUnderTest::say(daemon_, ipc::FrameType::kAbort, *stream, why);
        } else {
            LoopUnderTest::say_head(daemon_, *stream, 5);
            // Less than it has announced, now and then.
            LoopUnderTest::say(
                daemon_, ipc::FrameType::kBody, *stream, any(4) == 0 ? "hel" : "hello"
            );
            LoopUnderTest::say(daemon_, ipc::FrameType::kEnd, *stream);
        }
        streams_.erase(stream);
    }

    void step() {
        Client& client = clients_[any(clients_.size())];
        switch (any(16)) {
            case 0:
                client = {loop_.connect(), any_requests()};  // the old one is gone at once
                break;
            case 1:
                ::shutdown(client.socket.get(), SHUT_WR);
                break;
            case 2:
            case 3:
                hear_all();
                answer_one();
                break;
            case 4:
                read_some(client);
                break;
            case 5:
            case 6:
            case 7:
                loop_.turn();
                break;
            default:
                send_some(client);
        }
    }

    std::mt19937 random_{GetParam()};
    TempDir tmp_;
    LoopUnderTest loop_{mount_for(tmp_)};
    ipc::Channel& daemon_ = loop_.add_daemon();
    std::set<std::uint32_t> streams_;
    std::vector<Client> clients_;
};
INSTANTIATE_TEST_SUITE_P(, ConnectionOrders, testing::Range(1U, 41U));

TEST_P(ConnectionOrders, LeaveNothingBehind) {
    for (int i = 0; i < 3; ++i) {
        clients_.push_back({loop_.connect(), any_requests()});
    }
    for (int i = 0; i < 400; ++i) {
        step();
        ASSERT_FALSE(HasFatalFailure());
    }
    clients_.clear();
    EXPECT_TRUE(loop_.turn_until([&] {
        hear_all();
        answer_one();
        return loop_->service().exchanges().is_idle() && loop_->service().bodies().taken() == 0;
    }));
    EXPECT_EQ(loop_.links_lost(), 0) << "nothing of it was a breach of the protocol";
    // And whoever comes next is served.
    const base::Fd next = loop_.connect();
    LoopUnderTest::write(next, "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(loop_.read_until(next, "").starts_with("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace test
