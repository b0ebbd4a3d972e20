// Listening sockets that somebody has spoilt, with real sockets and without a clock: nobody who
// waits is lost, and whoever has a copy has nothing of it.
#include "core/server/supervisor/kept/listener_watch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using base::Fd;
using server::Endpoints;
using namespace std::chrono_literals;

class ListenerWatch : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        auto opened = Endpoints::open({listener(0)});
        ASSERT_TRUE(opened) << opened.error().what;
        endpoints_ = std::move(*opened);
    }
    [[nodiscard]] static config::Listener listener(std::uint16_t port) {
        config::Listener result;
        result.host = GetParam();
        result.port = port;
        result.place = {std::make_shared<const std::string>("site.conf"), 3};
        return result;
    }
    [[nodiscard]] int socket() const { return endpoints_.sockets.front().get(); }
    void set(int option, int value) const {
        ASSERT_EQ(::setsockopt(socket(), SOL_SOCKET, option, &value, sizeof value), 0);
    }
    [[nodiscard]] Fd connect() const {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        ::getsockname(socket(), reinterpret_cast<sockaddr*>(&address), &size);
        Fd client(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
        return client;
    }
    // Nobody waits there: not open.
    [[nodiscard]] static Fd accept(int listener) {
        return Fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }
    std::vector<std::size_t> look() {
        watch_.ask();
        return watch_.proceed(now_);
    }
    void spoil() const { set(SO_RCVLOWAT, 1 << 20); }

    Endpoints endpoints_;
    server::ListenerWatch watch_{endpoints_};
    server::ListenerWatch::Clock::time_point now_{1h};
};
INSTANTIATE_TEST_SUITE_P(, ListenerWatch, testing::Values("127.0.0.1", "::1", "0.0.0.0"));

TEST_P(ListenerWatch, LeavesAloneWhatIsAsItWas) {
    const int before = socket();
    const Fd client = connect();
    EXPECT_TRUE(look().empty());
    EXPECT_EQ(socket(), before);
    EXPECT_FALSE(watch_.next());
}

TEST_P(ListenerWatch, LosesNobodyWhoWaitsInASpoiltOne) {
    const Fd waiting = connect();
    spoil();
    EXPECT_EQ(look(), std::vector<std::size_t>{0});
    ASSERT_EQ(watch_.retired().size(), 1U);
    EXPECT_EQ(endpoints_.endpoints.front().fd, socket());
    EXPECT_TRUE(accept(watch_.retired().front().socket.get()).is_open());
}

TEST_P(ListenerWatch, GivesAllThatComesToTheNewOne) {
    spoil();
    look();
    for (int i = 0; i < 50; ++i) {
        const Fd client = connect();
        EXPECT_TRUE(accept(socket()).is_open());
    }
    now_ += server::ListenerWatch::kRetiredFor;
    EXPECT_TRUE(watch_.proceed(now_).empty());
    EXPECT_TRUE(watch_.retired().empty());
    const Fd client = connect();
    EXPECT_TRUE(accept(socket()).is_open());
}

// The one that it has had in between is no hindrance, and gets nothing either.
TEST_P(ListenerWatch, DoesSoAgainAndAgain) {
    for (int i = 0; i < 5; ++i) {
        spoil();
        EXPECT_EQ(look(), std::vector<std::size_t>{0});
        const Fd client = connect();
        EXPECT_TRUE(accept(socket()).is_open());
        EXPECT_FALSE(accept(watch_.retired().front().socket.get()).is_open());
        now_ += server::ListenerWatch::kLookEvery;
    }
    EXPECT_EQ(watch_.retired().size(), 1U);
}

TEST_P(ListenerWatch, LooksAtABoundedRate) {
    spoil();
    look();
    spoil();
    EXPECT_TRUE(look().empty());
    ASSERT_TRUE(watch_.next());
    now_ = *watch_.next();
    EXPECT_EQ(watch_.proceed(now_), std::vector<std::size_t>{0});
}

TEST_P(ListenerWatch, ListensAgainWhereSomebodyHasShutDown) {
    ::shutdown(socket(), SHUT_RDWR);
    EXPECT_EQ(look(), std::vector<std::size_t>{0});
    const Fd client = connect();
    EXPECT_TRUE(accept(socket()).is_open());
}

// A copy that an application has kept takes no connections beside us.
TEST_P(ListenerWatch, DoesNotShareThePortWithACopyOfTheSpoiltOne) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "all sockets are of one user";
    }
    const std::uint16_t port = endpoints_.endpoints.front().port;
    endpoints_ = {};  // a port that was asked for stays the socket's when it is shut down
    auto opened = Endpoints::open({listener(port)});
    ASSERT_TRUE(opened) << opened.error().what;
    endpoints_ = std::move(*opened);
    const Fd copy(::dup(socket()));
    spoil();
    look();
    now_ += server::ListenerWatch::kRetiredFor;
    watch_.proceed(now_);
    const int on = 1;
    ::setsockopt(copy.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    EXPECT_NE(::listen(copy.get(), 5), 0);
    set(SO_REUSEPORT, 1);
    EXPECT_NE(::listen(copy.get(), 5), 0);
}

// As before: whoever starts the server twice is told so.
TEST_P(ListenerWatch, LetsNoSecondServerListenThere) {
    spoil();
    look();
    EXPECT_FALSE(Endpoints::open({listener(endpoints_.endpoints.front().port)}));
}

}  // namespace
