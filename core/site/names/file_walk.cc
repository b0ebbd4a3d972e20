#include "core/site/names/file_walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/site/names/file_look.h"

namespace site {
namespace {

// The kernel goes through a path from its start each time, so a walk down is quadratic in its
// depth: 4 KiB of "a/" would hold a loop for a tenth of a second.
constexpr int kDepthMax = 256;

}  // namespace

FileKind kind_of(const std::string& path) {
    struct stat status {};
    static const std::string kRoot = "/";
    if (const int error = look_at(path.empty() ? kRoot : path, status, true); error != 0) {
        return error == EACCES || error == ENAMETOOLONG || error == ELOOP ? FileKind::kUnreachable
                                                                          : FileKind::kMissing;
    }
    return S_ISREG(status.st_mode)   ? FileKind::kFile
           : S_ISDIR(status.st_mode) ? FileKind::kDirectory
                                     : FileKind::kOther;
}

FileKind find_file(std::string& filename, std::string& path_info, std::size_t known) {
    path_info.clear();
    auto end = std::min(known, filename.size());
    if (end == 0) {
        end = std::min(filename.find('/', 1), filename.size());
    }
    for (int depth = 0;; ++depth) {
        if (depth == kDepthMax) {
            return FileKind::kUnreachable;
        }
        const auto kind = kind_of(filename.substr(0, end));
        if (kind != FileKind::kDirectory) {
            path_info.assign(filename, end);
            filename.resize(end);
            return kind;
        }
        const auto next = filename.find_first_not_of('/', end);
        if (next == std::string::npos) {
            filename.resize(std::max<std::size_t>(end, 1));
            return kind;
        }
        end = std::min(filename.find('/', next), filename.size());
    }
}

base::LinkRule link_rule_of(config::option::Bits options, std::size_t outer, std::size_t next) {
    if ((options & config::option::kFollowSymLinks) != 0) {
        return {};
    }
    return {std::min(outer, next), (options & config::option::kSymLinksIfOwnerMatch) != 0};
}

bool links_are_permitted(const std::string& path, const base::LinkRule& rule) {
    if (rule.follows_all()) {
        return true;
    }
    std::size_t number = 0;
    for (std::size_t end = 1; end < path.size();) {
        end = std::min(path.find('/', end), path.size());
        ++number;
        struct stat link {};
        const auto component = path.substr(0, end);
        if (number >= rule.looks_from && look_at(component, link, false) == 0 &&
            S_ISLNK(link.st_mode)) {
            struct stat target {};
            if (!rule.owner_decides || look_at(component, target, true) != 0 ||
                target.st_uid != link.st_uid) {
                return false;
            }
        }
        ++end;
    }
    return true;
}

std::string_view directory_of(std::string_view filename) {
    const auto slash = filename.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? filename.substr(0, slash == 0 ? 1 : 0)
                                                         : filename.substr(0, slash);
}

}  // namespace site
