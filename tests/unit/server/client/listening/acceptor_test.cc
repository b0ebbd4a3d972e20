// A listening socket as an event loop accepts from it: the socket is real, and so are those who
// wait in it where that matters; the ring and the time are the test's.
#include "core/server/client/listening/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "core/server/client/listening/endpoint.h"
#include "tests/support/unit/scripted_loop.h"
#include "tests/support/unit/scripted_ring.h"

namespace test {
namespace {

using Kind = ScriptedRing::Kind;
using namespace std::chrono_literals;

base::Fd listening_socket() {
    base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 8), 0);
    return socket;
}

class AcceptorTest : public testing::Test, public server::Acceptor::Host {
protected:
    AcceptorTest() {
        acceptor_ = std::make_unique<server::Acceptor>(
            *this,
            loop_.loop(),
            endpoint_,
            base::Fd(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0)),
            server::ListenerState::of(socket_.get())
        );
        acceptor_->start();
        number_ = descriptor_that_accepts();
    }
    ~AcceptorTest() override {
        acceptor_->stop();
        settle();
        EXPECT_FALSE(acceptor_->is_open());
    }

    // Acceptor::Host
    void add(base::Fd socket, const server::Endpoint& endpoint) override {
        EXPECT_EQ(&endpoint, &endpoint_);
        accepted_.push_back(std::move(socket));
    }
    void on_listener_spoilt() override { ++spoilt_; }
    void on_no_descriptor() override { ++full_; }

    void settle() { loop_.settle(); }
    void pass(loop::Clock::duration time) { loop_.pass(time); }
    // Its accept ends so.
    void fail(int error) {
        loop_.ring().answer(Kind::kAccept, number_, -error);
        settle();
    }
    // The ring brings a connection; a client's end of it is of no interest.
    void bring() {
        int ends[2] = {-1, -1};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        clients_.emplace_back(ends[0]);
        loop_.ring().connect(number_, ends[1]);
        settle();
    }
    // A client that waits in the socket.
    void connect() {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        ASSERT_EQ(::getsockname(socket_.get(), plain, &size), 0);
        clients_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::connect(clients_.back().get(), plain, size), 0);
    }
    [[nodiscard]] bool is_accepting() const {
        return loop_.ring().is_asked(Kind::kAccept, number_);
    }

    base::Fd socket_ = listening_socket();
    const server::Endpoint endpoint_{-1, "127.0.0.1", 80, false};
    ScriptedLoop loop_;
    std::unique_ptr<server::Acceptor> acceptor_;
    int number_ = -1;  // of its own descriptor
    std::vector<base::Fd> accepted_;
    std::vector<base::Fd> clients_;
    int spoilt_ = 0;
    int full_ = 0;

private:
    [[nodiscard]] int descriptor_that_accepts() const {
        for (int fd = 0; fd < 1 << 16; ++fd) {
            if (loop_.ring().is_asked(Kind::kAccept, fd)) {
                return fd;
            }
        }
        return -1;
    }
};

TEST_F(AcceptorTest, AcceptsUntilItIsStopped) {
    bring();
    bring();
    EXPECT_EQ(accepted_.size(), 2U);
    acceptor_->stop();
    EXPECT_TRUE(acceptor_->is_open()) << "the kernel has not let go of it yet";
    settle();
    EXPECT_TRUE(acceptor_->has_ended());
    EXPECT_EQ(accepted_.size(), 2U);
    EXPECT_TRUE(loop_.ring().is_forgotten(number_));
}

TEST_F(AcceptorTest, StopsAWhileAfterAnotherHasItsPlace) {
    acceptor_->retire();
    bring();
    EXPECT_EQ(accepted_.size(), 1U) << "who waits in it is not lost";
    pass(1s);
    EXPECT_TRUE(is_accepting());
    pass(2s);
    EXPECT_TRUE(acceptor_->has_ended());
}

TEST_F(AcceptorTest, TriesAgainAfterAnErrorOfAConnection) {
    fail(ECONNABORTED);
    EXPECT_FALSE(is_accepting());
    pass(300ms);
    EXPECT_TRUE(is_accepting());
}

TEST_F(AcceptorTest, AcceptsOneByOneAfterItHasRunOutOfDescriptors) {
    connect();
    connect();
    fail(EMFILE);
    EXPECT_FALSE(is_accepting());
    EXPECT_EQ(accepted_.size(), 0U);
    EXPECT_EQ(full_, 1) << "somebody may be given up for them";
    pass(300ms);
    EXPECT_EQ(accepted_.size(), 2U) << "there is place again for those who waited";
    EXPECT_TRUE(is_accepting()) << "nobody waits any more";
}

TEST_F(AcceptorTest, AsksForAnotherSocketUntilThereIsOne) {
    ::shutdown(socket_.get(), SHUT_RDWR);
    fail(EINVAL);
    EXPECT_EQ(spoilt_, 1);
    pass(300ms);
    fail(EINVAL);
    EXPECT_EQ(spoilt_, 2) << "said again until that has happened";
    acceptor_->retire();
    pass(300ms);
    fail(EINVAL);
    EXPECT_EQ(spoilt_, 2);
    EXPECT_TRUE(acceptor_->has_ended()) << "nobody can wait in it";
}

TEST_F(AcceptorTest, SeesAnOptionThatSomebodyHasChanged) {
    acceptor_->compare();
    EXPECT_EQ(spoilt_, 0);
    const int many = 1 << 20;
    ASSERT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVLOWAT, &many, sizeof many), 0);
    acceptor_->compare();
    EXPECT_EQ(spoilt_, 1);
    acceptor_->retire();
    acceptor_->compare();
    EXPECT_EQ(spoilt_, 1) << "it has been replaced";
}

// Its number is another's: to that one nothing is done, and the process asks to be replaced.
TEST_F(AcceptorTest, LeavesADescriptorAloneThatHasBecomeAnothers) {
    static volatile sig_atomic_t terminations;
    terminations = 0;
    struct sigaction count {};
    struct sigaction before {};
    count.sa_handler = [](int) { terminations = terminations + 1; };
    ASSERT_EQ(::sigaction(SIGTERM, &count, &before), 0);
    const base::Fd other = listening_socket();
    // As an application would do it that does not ask the C library.
    ASSERT_EQ(::syscall(SYS_dup3, other.get(), number_, O_CLOEXEC), number_);
    acceptor_->look();
    acceptor_->look();
    EXPECT_EQ(terminations, 1) << "said once";
    ::sigaction(SIGTERM, &before, nullptr);
    settle();
    pass(300ms);
    EXPECT_FALSE(is_accepting());
    acceptor_->stop();
    EXPECT_TRUE(acceptor_->has_ended());
    EXPECT_NE(::fcntl(number_, F_GETFD), -1) << "it is not ours to close";
    ::syscall(SYS_close, number_);
}

}  // namespace
}  // namespace test
