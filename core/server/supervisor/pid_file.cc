#include "core/server/supervisor/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
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

// Everybody who may read the file can lock it, so the lock of a process that has gone says nothing.
base::Result<> refuse_if_running(const base::Fd& file, const std::string& path) {
    const pid_t number = number_in(file);
    if (number > 0 && ::kill(number, 0) != 0 && errno == ESRCH) {
        return {};
    }
    return base::fail(
        base::Fault::kSystem,
        fmt::format("hoopsnake (pid {}) already running; its PidFile is {}", number, path)
    );
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
            return base::fail(
                base::Fault::kSystem, fmt::format("PidFile {} is no regular file", path)
            );
        }
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) {
                return base::fail_errno("cannot lock PidFile " + path, errno);
            }
            TRY(refuse_if_running(file, path));
        }
        path_ = path;
        file_ = std::move(file);
        if (is_ours()) {
            return {};
        }
    }
    path_.clear();
    return base::fail(
        base::Fault::kSystem, fmt::format("PidFile {} is being removed again and again", path)
    );
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
