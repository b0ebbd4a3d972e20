#include "core/base/foreign/foreign_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/files/read_to_end.h"
#include "core/base/files/reopen.h"

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
    Fd file = reopen_to_read(place);
    if (file.is_open()) {
        return file;
    }
    return errno == EWOULDBLOCK
               ? fail(Fault::kSystem, "open " + path + ": somebody has a lease on it")
               : Result<Fd>(fail_errno("open " + path, errno));
}

Result<std::string> read_regular_file(const std::string& path, std::size_t bytes_max) {
    const Fd file = TRY(open_regular_file(path));
    return read_to_end(file.get(), bytes_max, "read " + path);
}

}  // namespace base
