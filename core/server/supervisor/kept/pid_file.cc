#include "core/server/supervisor/kept/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/files/file_state.h"

namespace server {
namespace {

constexpr std::size_t kBeginning = 32;  // more than any number and its line's end

// Nothing where it cannot be read.
std::optional<std::string> beginning_of(const base::Fd& file) {
    std::string text(kBeginning, '\0');
    const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
    if (size < 0) {
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(size));
    return text;
}

// 0 where the file holds no number.
pid_t number_in(const base::Fd& file) {
    const std::string text = beginning_of(file).value_or("");
    pid_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Nothing, as a server that was killed at its start leaves it, or a number and white space.
bool is_a_pid_file(const base::Fd& file) {
    const auto held = beginning_of(file);
    if (!held || held->size() == kBeginning) {
        return false;
    }
    const auto number = held->substr(0, held->find_last_not_of(" \t\r\n") + 1);
    return std::ranges::all_of(number, [](char each) { return each >= '0' && each <= '9'; });
}

constexpr std::string_view kSomethingElse =
    "it holds something else than the number of a process, and would be overwritten; name a file "
    "of its own";

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

bool is_symbolic_link(const std::string& path) {
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode);
}

// By names: neither need be there yet.
bool is_same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
    if (one.filename() != other.filename()) {
        return false;
    }
    std::error_code error;
    const auto directory = std::filesystem::weakly_canonical(one.parent_path(), error);
    return !error && directory == std::filesystem::weakly_canonical(other.parent_path(), error) &&
           !error;
}

std::string place_of_log(const config::Config& config) {
    for (const config::VirtualHost& host : config.hosts) {
        if (host.settings.error_log && is_same_file(*host.settings.error_log, config.pid_file)) {
            return host.settings.error_log_place.text();
        }
        for (const config::AccessLog& log : host.settings.access_logs) {
            if (is_same_file(log.path, config.pid_file)) {
                return log.place.text();
            }
        }
    }
    return {};
}

}  // namespace

std::string obstacle_to_pid_file(const config::Config& config, const IsServedGroup& is_served) {
    const std::string& path = config.pid_file;
    if (auto obstacle = obstacle_to_writing(path, is_served); !obstacle.empty()) {
        return obstacle;
    }
    struct stat facts {};
    if (::stat(path.c_str(), &facts) == 0 && S_ISCHR(facts.st_mode)) {
        return {};  // /dev/null: nobody wants to know
    }
    if (is_symbolic_link(path)) {
        return path +
               ": it is a symbolic link, and what it points to would be overwritten; name "
               "the file itself";
    }
    if (const std::string place = place_of_log(config); !place.empty()) {
        return fmt::format("{}: it is the log of {}, too", path, place);
    }
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.is_open() && ::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
        !is_a_pid_file(file)) {
        return fmt::format("{}: {}", path, kSomethingElse);
    }
    return {};
}

PidFile::~PidFile() {
    if (is_ours()) {
        ::unlink(path_.c_str());
    }
}

// Whoever has the lock may have it on a file that its predecessor has just removed.
bool PidFile::is_ours() const {
    struct stat named {};
    return !path_.empty() && ::stat(path_.c_str(), &named) == 0 &&
           base::FileIdentity::of(named) == base::FileIdentity::of(file_.get());
}

base::Result<> PidFile::claim(const config::Config& config, const IsServedGroup& is_served) {
    constexpr int kAttempts = 10;
    const std::string& path = config.pid_file;
    if (auto obstacle = obstacle_to_pid_file(config, is_served); !obstacle.empty()) {
        return base::fail(base::Fault::kConfig, "cannot write PidFile " + obstacle);
    }
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
        if (!is_a_pid_file(file)) {  // since it was looked at
            return base::fail(
                base::Fault::kSystem, fmt::format("PidFile {}: {}", path, kSomethingElse)
            );
        }
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
