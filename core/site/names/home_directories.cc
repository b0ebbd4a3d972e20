#include "core/site/names/home_directories.h"

#include <pwd.h>

#include <array>

namespace site {

const std::string& HomeDirectories::of(const std::string& user) {
    const auto known = homes_.find(user);
    if (known != homes_.end()) {
        return known->second;
    }
    if (homes_.size() >= kUsersMax) {
        homes_.clear();
    }
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const bool is_there =
        ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr;
    return homes_.emplace(user, is_there ? entry.pw_dir : "").first->second;
}

}  // namespace site
