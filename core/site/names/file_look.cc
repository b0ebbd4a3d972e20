#include "core/site/names/file_look.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system/fd.h"

namespace site {
namespace {

WithoutWaiting*& innermost() {
    thread_local WithoutWaiting* current = nullptr;
    return current;
}

int open_from_cache(const std::string& path, bool follows) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW);
    how.resolve = RESOLVE_CACHED;
    return static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
}

// Neither older kernels nor all sandboxes know it.
bool can_open_from_cache() {
    static const bool can = base::Fd(open_from_cache("/", true)).is_open();
    return can;
}

timespec time_of(const statx_timestamp& time) {
    return {.tv_sec = time.tv_sec, .tv_nsec = time.tv_nsec};
}

void fill_status(struct stat& status, const struct statx& facts) {
    status = {};
    status.st_mode = facts.stx_mode;
    status.st_uid = facts.stx_uid;
    status.st_gid = facts.stx_gid;
    status.st_dev = ::makedev(facts.stx_dev_major, facts.stx_dev_minor);
    status.st_ino = facts.stx_ino;
    status.st_size = static_cast<off_t>(facts.stx_size);
    status.st_mtim = time_of(facts.stx_mtime);
    status.st_ctim = time_of(facts.stx_ctime);
}

int look_in_cache(
    const std::string& path, struct stat& status, bool follows, WithoutWaiting& waiting
);

// The kernel would have to ask about some name of `path`. A disk may be waited for; what lies
// behind a symbolic link is not known yet.
int look_at_last_name(
    const std::string& path, struct stat& status, bool follows, WithoutWaiting& waiting
) {
    const auto slash = path.rfind('/');
    if (path == "/" || slash == std::string::npos) {
        waiting.give_up_at(path);
        return EAGAIN;
    }
    const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
    if (const int error = look_in_cache(parent, status, true, waiting); error != 0) {
        return error;
    }
    if (::lstat(path.c_str(), &status) != 0) {
        return errno;
    }
    if (follows && S_ISLNK(status.st_mode)) {
        waiting.give_up_at(path);
        return EAGAIN;
    }
    return 0;
}

// In a path that the kernel knows already there is nothing to wait for but at its end.
int look_in_cache(
    const std::string& path, struct stat& status, bool follows, WithoutWaiting& waiting
) {
    const base::Fd file(open_from_cache(path, follows));
    if (!file.is_open()) {
        return errno == EAGAIN ? look_at_last_name(path, status, follows, waiting) : errno;
    }
    struct statx facts {};
    if (::statx(
            file.get(),
            "",
            AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
            STATX_BASIC_STATS | STATX_MNT_ID,
            &facts
        ) != 0) {
        return errno;
    }
    if (waiting.mounts().is_slow(facts.stx_mnt_id)) {
        waiting.give_up_at(path);
        return EAGAIN;
    }
    fill_status(status, facts);
    return 0;
}

}  // namespace

WithoutWaiting::WithoutWaiting(const base::MountTable* mounts, bool serves_others)
    : mounts_(mounts != nullptr && mounts->has_slow() && can_open_from_cache() ? mounts : nullptr),
      serves_others_(serves_others),
      outer_(innermost()) {
    innermost() = this;
}

WithoutWaiting::~WithoutWaiting() { innermost() = outer_; }

bool WithoutWaiting::is_asked_for() {
    return innermost() != nullptr && innermost()->mounts_ != nullptr;
}

bool WithoutWaiting::give_up() {
    if (innermost() == nullptr || !innermost()->serves_others_) {
        return false;
    }
    innermost()->has_given_up_ = true;
    return true;
}

bool WithoutWaiting::has_given_up() { return innermost() != nullptr && innermost()->has_given_up_; }

void WithoutWaiting::give_up_at(const std::string& path) {
    has_given_up_ = true;
    where_ = mounts_->slow_above(path);
}

int look_at(const std::string& path, struct stat& status, bool follows) {
    WithoutWaiting* const waiting = innermost();
    if (waiting != nullptr && waiting->has_given_up_) {
        return EAGAIN;
    }
    if (waiting != nullptr && waiting->mounts_ != nullptr) {
        if (!waiting->mounts().slow_above(path).empty()) {
            waiting->give_up_at(path);
            return EAGAIN;
        }
        return look_in_cache(path, status, follows, *waiting);
    }
    const int failed = follows ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
    return failed != 0 ? errno : 0;
}

}  // namespace site
