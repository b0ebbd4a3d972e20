// Rung from anywhere, heard once, and never by another's descriptor.
#include "core/base/system/bell.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "core/base/process/descriptor_watch.h"
#include "core/base/system/forked_child.h"
#include "core/base/system/lost_descriptor.h"

namespace {

using base::Bell;

bool is_heard(const Bell& bell) {
    pollfd waiting{bell.fd(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

// Runs `body` in a child, which ends with 0 behind it.
template <class Body>
int exit_code_of(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        body();
        ::_exit(0);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Bell, IsHeardUntilSomebodyQuietsIt) {
    const Bell bell = *Bell::create();
    EXPECT_FALSE(is_heard(bell));
    bell.ring();
    bell.ring();
    EXPECT_TRUE(is_heard(bell));
    EXPECT_TRUE(is_heard(bell));
    bell.quiet();
    EXPECT_FALSE(is_heard(bell));
    bell.ring();
    EXPECT_TRUE(is_heard(bell));
    EXPECT_TRUE(bell.is_whole());
    EXPECT_TRUE(is_heard(bell));
}

TEST(Bell, OfWhichTheNumberIsAnothersEndsTheProcessAndWritesNothing) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    const base::Fd ours(pair[0]);
    const base::Fd theirs(pair[1]);
    const Bell bell = *Bell::create();
    EXPECT_EQ(
        exit_code_of([&] {
            ::dup2(ours.get(), bell.fd());
            bell.ring();
        }),
        base::kLostDescriptorCode
    );
    char byte = 0;
    EXPECT_EQ(::recv(theirs.get(), &byte, 1, MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
}

TEST(DescriptorWatch, SeesWhatIsClosedAndWhatHasItsPlace) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const base::Fd reading(ends[0]);
    const base::Fd writing(ends[1]);
    const Bell bell = *Bell::create();
    const Bell other = *Bell::create();
    base::DescriptorWatch watch;
    watch.add(-1);
    watch.add(reading.get());
    watch.add(bell);
    EXPECT_TRUE(watch.is_whole());
    const auto after = [&](auto change) {
        return exit_code_of([&] {
            change();
            ::_exit(watch.is_whole() ? 1 : 2);
        });
    };
    EXPECT_EQ(after([] {}), 1);
    EXPECT_EQ(after([&] { ::close(reading.get()); }), 2);
    EXPECT_EQ(after([&] { ::dup2(writing.get(), bell.fd()); }), 2);
    EXPECT_EQ(after([&] { ::dup2(other.fd(), bell.fd()); }), 2);
}

TEST(OwnDescriptor, ThatIsGivenOutASecondTimeEndsAProcessOfApplications) {
    const auto open_twice = [](bool runs_applications) {
        return exit_code_of([runs_applications] {
            if (runs_applications) {
                base::notice_forked_children();
            }
            base::Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            ::close(first.get());
            base::Fd second(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            ::_exit(first.get() == second.get() ? 3 : 4);
        });
    };
    EXPECT_EQ(open_twice(true), base::kLostDescriptorCode);
    EXPECT_EQ(open_twice(false), 3);
}

}  // namespace
