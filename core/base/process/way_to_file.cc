#include "core/base/process/way_to_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string_view>

namespace base {
namespace {

std::string name_of_group(gid_t gid) {
    const ::group* const entry = ::getgrgid(gid);
    return entry == nullptr ? fmt::format("#{}", gid) : entry->gr_name;
}

// What a symbolic link says; "" where it cannot be read.
std::string target_of(const std::string& link) {
    std::array<char, PATH_MAX> text;
    const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
    return size <= 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

// Takes the first name off `rest`.
std::string take_name(std::string& rest) {
    rest.erase(0, rest.find_first_not_of('/'));
    const std::string name = rest.substr(0, rest.find('/'));
    rest.erase(0, name.size());
    return name;
}

std::string parent_of(const std::string& directory) {
    return directory.empty() ? directory : directory.substr(0, directory.rfind('/'));
}

}  // namespace

std::string name_of_user(uid_t uid) {
    const passwd* const entry = ::getpwuid(uid);
    return entry == nullptr ? fmt::format("#{}", uid) : entry->pw_name;
}

std::string rights_of(const std::string& path, const struct stat& facts) {
    constexpr unsigned kModeBits = 07777;
    return fmt::format(
        "{} has mode {:04o} and belongs to {}:{}",
        path,
        facts.st_mode & kModeBits,
        name_of_user(facts.st_uid),
        name_of_group(facts.st_gid)
    );
}

std::string obstacle_on_way(const std::string& path, const MaySearch& may_search) {
    constexpr int kLinksMax = 40;  // as the kernel
    std::string rest = path;
    std::string directory;  // no link on the way to it; "" is the root
    for (int links = 0; links <= kLinksMax;) {
        const std::string name = take_name(rest);
        if (name.empty()) {
            return {};
        }
        const std::string shown = directory.empty() ? "/" : directory;
        struct stat facts {};
        if (::stat(shown.c_str(), &facts) != 0) {
            return {};
        }
        if (!may_search(shown, facts)) {
            return rights_of(shown, facts);
        }
        if (name == "." || name == "..") {
            directory = name == "." ? directory : parent_of(directory);
            continue;
        }
        const std::string next = directory + "/" + name;
        if (::lstat(next.c_str(), &facts) != 0) {
            return {};
        }
        if (!S_ISLNK(facts.st_mode)) {
            directory = next;
            continue;
        }
        ++links;
        const std::string target = target_of(next);
        rest = target + rest;
        directory = target.starts_with('/') ? std::string() : directory;
    }
    return {};
}

std::string obstacle_on_way(const std::string& path) {
    return obstacle_on_way(path, [](const std::string& directory, const struct stat& /*facts*/) {
        return ::faccessat(AT_FDCWD, directory.c_str(), X_OK, AT_EACCESS) == 0;
    });
}

}  // namespace base
