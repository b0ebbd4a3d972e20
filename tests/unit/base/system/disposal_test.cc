// Descriptors that somebody else has chosen: whoever lets go of one never waits for its end.
#include "core/base/system/disposal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/deadline.h"

namespace test {
namespace {

using base::Fd;
using base::ForeignFd;

struct Lingering {
    Fd listener;
    Fd socket;  // close(2) of it takes a minute
};

// A TCP connection whose peer reads nothing, with bytes under way, that lingers.
Lingering lingering() {
    Lingering made;
    made.listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(made.listener.get(), any, size), 0);
    EXPECT_EQ(::listen(made.listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(made.listener.get(), any, &size), 0);
    made.socket = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(made.socket.get(), any, size), 0);
    const std::string block(64 * 1024, 'x');
    while (::send(made.socket.get(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
    const linger minute{1, 60};
    EXPECT_EQ(::setsockopt(made.socket.get(), SOL_SOCKET, SO_LINGER, &minute, sizeof minute), 0);
    return made;
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

Fd end_of_pipe(bool writes) {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    ::close(fds[writes ? 0 : 1]);
    return Fd(fds[writes ? 1 : 0]);
}

TEST(Disposal, ClosesSoon) {
    Fd fd = end_of_pipe(false);
    const int number = fd.get();
    base::dispose(std::move(fd));
    EXPECT_TRUE(eventually([&] { return !is_open(number); }));
}

TEST(Disposal, WaitsForNoSocketThatLingers) {
    std::vector<Lingering> many(20);
    const auto begun = std::chrono::steady_clock::now();
    for (Lingering& one : many) {
        one = lingering();
        const int number = one.socket.get();
        base::dispose(std::move(one.socket));
        EXPECT_TRUE(eventually([&] { return !is_open(number); }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST(Disposal, WorksInAForkedChild) {
    base::dispose(end_of_pipe(false));
    Fd fd = end_of_pipe(false);
    const int number = fd.get();
    const pid_t child = ::fork();  // NOLINT
    if (child == 0) {
        base::dispose(std::move(fd));
        ::_exit(eventually([&] { return !is_open(number); }) ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(is_open(number)) << "the parent's own stays";
}

TEST(ForeignFd, DisposesOfWhatItHolds) {
    Fd fd = end_of_pipe(true);
    const int number = fd.get();
    {
        ForeignFd foreign(std::move(fd));
        EXPECT_TRUE(foreign.is_open());
        ForeignFd other(std::move(foreign));
        EXPECT_EQ(other.get(), number);
    }
    EXPECT_TRUE(eventually([&] { return !is_open(number); }));
}

TEST(ForeignFd, GivesUpWhatIsTrusted) {
    Fd fd = end_of_pipe(true);
    const int number = fd.get();
    const Fd trusted = ForeignFd(std::move(fd)).trust();
    EXPECT_EQ(trusted.get(), number);
    EXPECT_TRUE(is_open(number));
}

TEST(ForeignFd, KnowsAFileThatCanBeRead) {
    const auto is_file = [](int fd) { return ForeignFd(Fd(fd)).is_readable_file(); };
    const std::string self = "/proc/self/exe";
    EXPECT_TRUE(is_file(::memfd_create("test", MFD_CLOEXEC)));
    EXPECT_TRUE(is_file(::open(self.c_str(), O_RDONLY | O_CLOEXEC)));
    EXPECT_FALSE(is_file(::open(self.c_str(), O_PATH | O_CLOEXEC)));
    EXPECT_FALSE(is_file(::open("/dev/zero", O_RDONLY | O_CLOEXEC)));
    EXPECT_FALSE(is_file(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    EXPECT_FALSE(is_file(::open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)));
    EXPECT_FALSE(is_file(::socket(AF_UNIX, SOCK_STREAM, 0)));
    EXPECT_FALSE(is_file(end_of_pipe(false).release()));
    EXPECT_FALSE(ForeignFd().is_readable_file());
}

}  // namespace
}  // namespace test
