#include "core/base/files/named_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "core/base/files/reopen.h"

namespace base {
namespace {

bool is_null_device(const struct stat& about) {
    return S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3);
}

std::string_view kind_of(mode_t mode) {
    if (S_ISDIR(mode)) {
        return "a directory";
    }
    if (S_ISFIFO(mode)) {
        return "a FIFO";
    }
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

}  // namespace

Result<Fd> open_named_file(const std::string& path, std::string_view what) {
    const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat about {};
    if (!place.is_open() || ::fstat(place.get(), &about) != 0) {
        return fail_errno(std::string(what), errno);
    }
    if (!S_ISREG(about.st_mode) && !is_null_device(about)) {
        return fail(
            Fault::kConfig,
            fmt::format("{}: it is {}, and no regular file", what, kind_of(about.st_mode))
        );
    }
    Fd file = reopen_to_read(place);
    if (!file.is_open()) {
        return fail_errno(std::string(what), errno);
    }
    return file;
}

}  // namespace base
