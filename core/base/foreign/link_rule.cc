#include "core/base/foreign/link_rule.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "core/base/foreign/foreign_file.h"

namespace base {
namespace {

// What was a file a moment ago may be a pipe or a terminal by now.
constexpr int kToRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;

OpenedFile opened(int fd) { return {Fd(fd), fd < 0 ? errno : 0}; }

// One system call, and no race, where no component is a link: mostly. Linux 5.6.
OpenedFile open_without_links(const std::string& path) {
    open_how how{};
    how.flags = kToRead;
    how.resolve = RESOLVE_NO_SYMLINKS;
    return opened(static_cast<int>(
        ::syscall(SYS_openat2, AT_FDCWD, path.empty() ? "/" : path.c_str(), &how, sizeof how)
    ));
}

// What the very link says is resolved, and what has been opened by it is looked at: another link
// under the same name has no part in it.
OpenedFile open_by_link(const Fd& directory, const Fd& link, uid_t owner, int flags) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size() - 1);
    if (size < 0) {
        return {Fd(), errno};
    }
    OpenedFile file = opened(open_without_magic(directory.get(), target.data(), flags));
    struct stat status {};
    if (file.error == 0 && (::fstat(file.fd.get(), &status) != 0 || status.st_uid != owner)) {
        return {Fd(), ELOOP};
    }
    return file;
}

// One component from which on the rule looks.
OpenedFile open_component(
    const Fd& directory, const std::string& name, int flags, const LinkRule& rule
) {
    OpenedFile file = opened(::openat(directory.get(), name.c_str(), flags | O_NOFOLLOW));
    // A link is no directory, either.
    if (file.error != ELOOP && file.error != ENOTDIR) {
        return file;
    }
    const Fd link(::openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!link.is_open() || ::fstat(link.get(), &status) != 0 || !S_ISLNK(status.st_mode)) {
        return file;
    }
    return rule.owner_decides ? open_by_link(directory, link, status.st_uid, flags)
                              : OpenedFile{Fd(), ELOOP};
}

// By descriptors: each is opened in the one before, which nobody can exchange any more; `directory`
// is the one before the last.
OpenedFile walk(const std::string& path, const LinkRule& rule, Fd& directory) {
    OpenedFile at = opened(::open("/", kOnTheWay));
    std::size_t number = 0;
    for (std::size_t begin = 1; begin < path.size() && at.error == 0;) {
        const auto end = std::min(path.find('/', begin), path.size());
        const int flags = end == path.size() ? kToRead : kOnTheWay;
        const std::string name = path.substr(begin, end - begin);
        ++number;
        if (!name.empty()) {
            directory = std::move(at.fd);
            at = number < rule.looks_from
                     ? opened(open_without_magic(directory.get(), name.c_str(), flags))
                     : open_component(directory, name, flags, rule);
        }
        begin = end + 1;
    }
    return at;
}

}  // namespace

OpenedFile open_file(const std::string& path, const LinkRule& rule, Fd* directory) {
    Fd parent;
    if (directory != nullptr) {
        return walk(path, rule, *directory);
    }
    if (rule.follows_all()) {
        return opened(open_without_magic(AT_FDCWD, path.c_str(), kToRead));
    }
    OpenedFile file = open_without_links(path);
    // EPERM: seccomp profiles that know no openat2 say so.
    return file.error == ELOOP || file.error == ENOSYS || file.error == EPERM
               ? walk(path, rule, parent)
               : std::move(file);
}

}  // namespace base
