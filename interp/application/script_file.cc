#include "interp/application/script_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace interp {
namespace {

// O_NONBLOCK: what has become a FIFO keeps nobody waiting.
constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// "" where what `fd` has open, which was found as `path`, is the owner's alone.
std::string complaint_of(const base::Fd& fd, const std::string& path, const ScriptOwner& owner) {
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) {
        return fmt::format("{}: {}: {}", owner.option, path, std::strerror(errno));
    }
    const bool is_user = owner.kind == ScriptOwner::Kind::kUser;
    const std::uint32_t found = is_user ? facts.st_uid : facts.st_gid;
    if (found != owner.id) {
        return fmt::format(
            "{}: {} belongs to {} {}", owner.option, path, is_user ? "user" : "group", found
        );
    }
    if ((facts.st_mode & S_IWOTH) != 0) {
        return fmt::format("{}: {} is writable by everybody", owner.option, path);
    }
    if (is_user && (facts.st_mode & S_IWGRP) != 0) {
        return fmt::format("{}: {} is writable by its group", owner.option, path);
    }
    return {};
}

}  // namespace

base::Fd open_script(
    const std::string& filename, const ScriptOwner& owner, std::string& complaint
) {
    complaint.clear();
    switch (owner.kind) {
        case ScriptOwner::Kind::kAnybody:
            return base::Fd(::open(filename.c_str(), kFlags));
        case ScriptOwner::Kind::kNobody:
            complaint = owner.option;
            errno = EACCES;
            return {};
        case ScriptOwner::Kind::kUser:
        case ScriptOwner::Kind::kGroup:
            break;
    }
    const std::size_t slash = filename.rfind('/') + 1;
    if (slash == filename.size()) {
        errno = EISDIR;
        return {};
    }
    const std::string path = filename.substr(0, slash);
    const base::Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) {
        return {};
    }
    // A symbolic link is followed, and what it leads to must be the owner's, as in mod_wsgi.
    base::Fd file(::openat(directory.get(), filename.c_str() + slash, kFlags));
    if (!file.is_open()) {
        return {};
    }
    complaint = complaint_of(file, filename, owner);
    if (complaint.empty()) {
        complaint = complaint_of(directory, path, owner);
    }
    if (!complaint.empty()) {
        errno = EACCES;
        return {};
    }
    return file;
}

}  // namespace interp
