// Descriptors that somebody else has chosen: whoever lets go of one never waits for its end.
#include "core/base/foreign/disposal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/foreign/file_systems.h"
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

// In a process of its own, whose limit of memory leaves no room for a thread's stack.
TEST(Disposal, WithoutAThreadKeepsFewFilesAndClosesThemWhenThereIsOne) {
    if (is_sanitized()) {
        GTEST_SKIP() << "a sanitizer needs memory at all times";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        const auto without_a_thread = [](const auto& work) {
            rlimit before{};
            ::getrlimit(RLIMIT_AS, &before);
            const rlimit none{1, before.rlim_max};
            ::setrlimit(RLIMIT_AS, &none);
            work();
            ::setrlimit(RLIMIT_AS, &before);
        };
        const std::string path = "/tmp";  // a local file system
        std::vector<Fd> files;
        for (int i = 0; i < 300; ++i) {
            files.emplace_back(::open(path.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        }
        std::vector<int> numbers;
        for (const Fd& file : files) {
            numbers.push_back(file.get());
        }
        const auto count_open = [&] { return std::ranges::count_if(numbers, is_open); };
        // The C library keeps stacks of threads that have ended: these take them.
        pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setstacksize(&attributes, std::size_t{256} * 1024);
        for (int i = 0; i < 50; ++i) {
            pthread_t thread{};
            auto stay = [](void*) -> void* {
                for (;;) {
                    ::pause();
                }
            };
            ::pthread_create(&thread, &attributes, stay, nullptr);
        }
        // What looks at them and keeps them needs memory, too: from the allocator's pool.
        const bool is_local = base::size_of_local_file(numbers.front()).has_value();
        std::vector<char>(1024 * 1024).clear();
        without_a_thread([&] {
            for (Fd& file : files) {
                base::dispose_by_mount(std::move(file));
            }
        });
        const auto kept = count_open();
        base::man_disposal();
        const bool are_closed = eventually([&] { return count_open() == 0; });
        ::_exit(!is_local ? 4 : kept == 0 ? 1 : kept > 100 ? 2 : !are_closed ? 3 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "1: there was a thread; 2: too many were kept; 3: they stay open";
}

}  // namespace
}  // namespace test
