// A listening socket that others have, too, and a number that may become another's.
#include "core/server/client/listening/listening_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace test {
namespace {

using server::ListenerState;
using server::ListeningSocket;

base::Fd listening() {
    base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::listen(socket.get(), 1), 0);  // at any port
    return socket;
}
bool is_listening(const base::Fd& socket) {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &value, &size), 0);
    return value != 0;
}

class ListeningSocketTest : public testing::Test {
protected:
    const base::Fd copy_ = listening();  // of another process
    ListeningSocket socket_{
        base::Fd(::fcntl(copy_.get(), F_DUPFD_CLOEXEC, 0)), ListenerState::of(copy_.get())};
};

TEST_F(ListeningSocketTest, IsSpoiltOnceItIsNotWhatItWasMadeAs) {
    EXPECT_FALSE(socket_.is_spoilt());
    const int many = 1 << 20;
    ASSERT_EQ(::setsockopt(copy_.get(), SOL_SOCKET, SO_RCVLOWAT, &many, sizeof many), 0);
    EXPECT_TRUE(socket_.is_spoilt());
    EXPECT_TRUE(socket_.is_ours());
}

TEST_F(ListeningSocketTest, OthersListenOnWhenItIsClosed) {
    socket_.close(false);
    EXPECT_FALSE(socket_.is_open());
    EXPECT_TRUE(is_listening(copy_));
}

TEST_F(ListeningSocketTest, NobodyListensAnyMoreWhenItIsClosedForAll) {
    socket_.close(true);
    EXPECT_FALSE(socket_.is_open());
    EXPECT_FALSE(is_listening(copy_));
}

TEST_F(ListeningSocketTest, WhoseNumberIsAnothersClosesNothing) {
    const base::Fd other = listening();
    const int number = socket_.get();
    ASSERT_EQ(::syscall(SYS_dup3, other.get(), number, O_CLOEXEC), number);
    EXPECT_FALSE(socket_.is_ours());
    socket_.close(true);
    EXPECT_FALSE(socket_.is_open());
    EXPECT_TRUE(is_listening(other));
    EXPECT_NE(::fcntl(number, F_GETFD), -1);
    ::syscall(SYS_close, number);
}

}  // namespace
}  // namespace test
