#include "interp/application/script_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace interp {
namespace {

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

base::Fd open_script(const std::string& filename, const ScriptRule& rule, std::string& complaint) {
    complaint.clear();
    if (rule.owner.kind == ScriptOwner::Kind::kNobody) {
        complaint = rule.owner.option;
        errno = EACCES;
        return {};
    }
    // A symbolic link that may be followed is, and what it leads to must be the owner's, as in
    // mod_wsgi.
    base::Fd directory;
    auto [file, error] =
        base::open_file(filename, rule.links, rule.wants_owner() ? &directory : nullptr);
    if (error == ELOOP && !rule.links.follows_all()) {
        complaint = "Symbolic link not allowed: " + filename;
    } else if (error == 0 && rule.wants_owner()) {
        complaint = complaint_of(file, filename, rule.owner);
        if (complaint.empty()) {
            const std::string path = filename.substr(0, filename.rfind('/') + 1);
            complaint = complaint_of(directory, path, rule.owner);
        }
    }
    if (!complaint.empty()) {
        file.reset();
        error = EACCES;
    }
    errno = error;
    return std::move(file);
}

}  // namespace interp
