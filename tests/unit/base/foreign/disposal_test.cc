// Descriptors that somebody else has chosen: whoever lets go of one never waits for its end.
#include "core/base/foreign/disposal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/unit/standing_close.h"

namespace test {
namespace {

using base::DisposalLane;
using base::Fd;
using base::ForeignFd;

DisposalLane lane() { return DisposalLane("usual"); }

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
    base::dispose(std::move(fd), lane());
    EXPECT_TRUE(eventually([&] { return !is_open(number); }));
}

TEST(Disposal, WaitsForNoSocketThatLingers) {
    std::vector<Lingering> many(20);
    const auto begun = std::chrono::steady_clock::now();
    for (Lingering& one : many) {
        one = lingering();
        const int number = one.socket.get();
        base::dispose(std::move(one.socket), lane());
        EXPECT_TRUE(eventually([&] { return !is_open(number); }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

// More of them than any number of threads that lanes could share.
TEST(Disposal, OfWhatStandsHoldsUpNoOtherLane) {
    const DisposalLane standing("stands");
    std::vector<StandingClose> many(20);
    for (StandingClose& one : many) {
        one = standing_close();
        base::dispose(std::move(one.socket), standing);
    }
    Fd behind = end_of_pipe(false);
    const int waits = behind.get();
    base::dispose(std::move(behind), standing);
    Fd fd = end_of_pipe(false);
    const int number = fd.get();
    base::dispose(std::move(fd), lane());
    EXPECT_TRUE(eventually([&] { return !is_open(number); }));
    EXPECT_TRUE(is_open(waits));
}

TEST(Disposal, KnowsALaneThatIsFull) {
    const DescriptorLimit limit(512);
    const DisposalLane standing("fills");
    StandingClose first = standing_close();
    base::dispose(std::move(first.socket), standing);
    int taken = 1;
    for (; taken < 100 && !standing.is_full(); ++taken) {
        base::dispose(end_of_pipe(false), standing);
    }
    EXPECT_LE(taken, 32);
    EXPECT_GE(taken, 16) << "other lanes stand, too, where all tests run in one process";
    EXPECT_TRUE(DisposalLane("fills").is_full()) << "those of one name are one lane";
    EXPECT_FALSE(lane().is_full());
}

TEST(Disposal, IsNotFullOnceAllIsClosed) {
    const DescriptorLimit limit(512);
    for (int i = 0; i < 300; ++i) {
        Fd fd = end_of_pipe(false);
        const int number = fd.get();
        base::dispose(std::move(fd), lane());
        EXPECT_TRUE(eventually([&] { return !is_open(number) && !lane().is_full(); }));
    }
}

TEST(Disposal, WorksInAForkedChild) {
    base::dispose(end_of_pipe(false), lane());
    Fd fd = end_of_pipe(false);
    const int number = fd.get();
    const pid_t child = ::fork();  // NOLINT
    if (child == 0) {
        base::dispose(std::move(fd), lane());
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
        ForeignFd foreign(std::move(fd), lane());
        EXPECT_TRUE(foreign.is_open());
        ForeignFd other(std::move(foreign));
        EXPECT_EQ(other.get(), number);
    }
    EXPECT_TRUE(eventually([&] { return !is_open(number); }));
}

TEST(ForeignFd, GivesUpWhatIsTrusted) {
    Fd fd = end_of_pipe(true);
    const int number = fd.get();
    const Fd trusted = ForeignFd(std::move(fd), lane()).trust();
    EXPECT_EQ(trusted.get(), number);
    EXPECT_TRUE(is_open(number));
}

TEST(ForeignFd, KnowsAFileThatCanBeRead) {
    const auto is_file = [](int fd) { return ForeignFd(Fd(fd), lane()).is_readable_file(); };
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
