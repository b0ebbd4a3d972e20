#include "core/base/foreign/foreign_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace base {
namespace {

// Before Linux 5.6: only what has no name (any more) is reached by no other one.
int open_with_a_name(int directory, const char* path, int flags) {
    const int fd = ::openat(directory, path, flags);
    struct stat facts {};
    if (fd >= 0 && (::fstat(fd, &facts) != 0 || facts.st_nlink == 0)) {
        ::close(fd);
        errno = ELOOP;
        return -1;
    }
    return fd;
}

}  // namespace

int open_without_magic(int directory, const char* path, int flags) {
    open_how how{};
    how.flags = static_cast<decltype(how.flags)>(flags);
    how.resolve = RESOLVE_NO_MAGICLINKS;
    const auto fd = static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
    // EPERM: seccomp profiles that know no openat2 say so.
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_with_a_name(directory, path, flags)
                                                         : fd;
}

Result<Fd> open_regular_file(const std::string& path) {
    const Fd place(open_without_magic(AT_FDCWD, path.c_str(), O_PATH | O_CLOEXEC));
    struct stat facts {};
    if (!place.is_open() || ::fstat(place.get(), &facts) != 0) {
        return fail_errno("open " + path, errno);
    }
    if (!S_ISREG(facts.st_mode)) {
        return fail(Fault::kConfig, path + " is not a regular file");
    }
    // The very file that has been looked at.
    const auto own = fmt::format("/proc/self/fd/{}", place.get());
    Fd file(::open(own.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.is_open()) {
        return file;
    }
    return errno == EWOULDBLOCK
               ? fail(Fault::kSystem, "open " + path + ": somebody has a lease on it")
               : Result<Fd>(fail_errno("open " + path, errno));
}

Result<std::string> read_regular_file(const std::string& path, std::size_t bytes_max) {
    const Fd file = TRY(open_regular_file(path));
    struct stat facts {};
    std::string text;
    if (::fstat(file.get(), &facts) == 0 && facts.st_size > 0) {
        text.reserve(std::min(static_cast<std::size_t>(facts.st_size), bytes_max) + 1);
    }
    std::array<char, 65536>
        block;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
        const auto count = ::read(file.get(), block.data(), block.size());
        if (count == 0) {
            return text;
        }
        if (count < 0 && errno != EINTR) {
            return fail_errno("read " + path, errno);
        }
        const auto size = count < 0 ? 0 : static_cast<std::size_t>(count);
        if (size > bytes_max - text.size()) {
            return fail(Fault::kConfig, fmt::format("{} is larger than {} bytes", path, bytes_max));
        }
        text.append(block.data(), size);
    }
}

}  // namespace base
