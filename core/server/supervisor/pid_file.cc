#include "core/server/supervisor/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

namespace server {
namespace {

// 0 where the file holds no number.
pid_t number_in(const base::Fd& file) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
    pid_t number = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(size, 0), number);
    return number;
}

// The whole file. What open file descriptions hold is not lost when somebody closes another one.
struct flock lock_of(short kind) {
    struct flock lock {};
    lock.l_type = kind;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool lock(const base::Fd& file) {
    struct flock wanted = lock_of(F_WRLCK);
    return ::fcntl(file.get(), F_OFD_SETLK, &wanted) == 0;
}

// Whether somebody has a write lock: only such a lock keeps a reader away.
bool is_locked_by_writer(const base::Fd& file) {
    struct flock asked = lock_of(F_RDLCK);
    return ::fcntl(file.get(), F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
}

}  // namespace

PidFile::~PidFile() {
    if (is_ours()) {
        ::unlink(path_.c_str());
    }
}

// Whoever has the lock may have it on a file that its predecessor has just removed.
bool PidFile::is_ours() const {
    struct stat open {};
    struct stat named {};
    return !path_.empty() && ::fstat(file_.get(), &open) == 0 &&
           ::stat(path_.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
           open.st_dev == named.st_dev;
}

base::Result<> PidFile::claim(const std::string& path, const IsServedGroup& is_served) {
    constexpr int kAttempts = 10;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        TRY(take(path, is_served));
        if (path_.empty() || is_ours()) {
            return {};
        }
    }
    path_.clear();
    return base::fail(
        base::Fault::kSystem, fmt::format("PidFile {} is being removed again and again", path)
    );
}

base::Result<> PidFile::take(const std::string& path, const IsServedGroup& is_served) {
    auto opened = open_guarded(path, O_RDWR | O_NOCTTY, is_served);
    if (!opened) {
        return base::fail(base::Fault::kConfig, "cannot write PidFile " + opened.error().what);
    }
    base::Fd file = *std::move(opened);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) {
        return base::fail_errno("cannot write PidFile " + path, errno);
    }
    if (S_ISCHR(facts.st_mode)) {
        return {};  // /dev/null: nobody wants to know
    }
    if (!S_ISREG(facts.st_mode)) {
        return base::fail(base::Fault::kSystem, fmt::format("PidFile {} is no regular file", path));
    }
    if (lock(file)) {
        path_ = path;
        file_ = std::move(file);
        return {};
    }
    if (errno != EAGAIN && errno != EACCES) {
        return base::fail_errno("cannot lock PidFile " + path, errno);
    }
    if (is_locked_by_writer(file)) {
        return base::fail(
            base::Fault::kSystem,
            fmt::format(
                "hoopsnake (pid {}) already running; its PidFile is {}", number_in(file), path
            )
        );
    }
    return take_new(path, is_served);
}

// Somebody who may only read the file has a lock on it, which says nothing, and keeps ours away: a
// new one takes its place.
base::Result<> PidFile::take_new(const std::string& path, const IsServedGroup& is_served) {
    const std::string new_path = fmt::format("{}.{}", path, ::getpid());
    ::unlink(new_path.c_str());
    auto opened = open_guarded(new_path, O_RDWR | O_EXCL | O_NOCTTY, is_served);
    if (!opened) {
        return base::fail(base::Fault::kConfig, "cannot write PidFile " + opened.error().what);
    }
    if (!lock(*opened) || ::rename(new_path.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(new_path.c_str());
        return base::fail_errno("cannot replace PidFile " + path, error);
    }
    path_ = path;
    file_ = *std::move(opened);
    return {};
}

base::Result<> PidFile::write() {
    if (path_.empty()) {
        return {};
    }
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file_.get(), 0) != 0 ||
        ::pwrite(file_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return base::fail_errno("cannot write PidFile " + path_, errno);
    }
    return {};
}

}  // namespace server
