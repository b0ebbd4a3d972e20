#include "core/site/names/home_directories.h"

#include <pwd.h>

#include <array>

#include "core/site/names/file_look.h"

namespace site {
namespace {

std::string ask_system(const std::string& user) {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const bool is_there =
        ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr;
    return is_there ? entry.pw_dir : "";
}

}  // namespace

std::string HomeDirectories::of(const std::string& user) {
    {
        const std::lock_guard lock(mutex_);
        const auto known = homes_.find(user);
        if (known != homes_.end()) {
            return known->second;
        }
    }
    if (WithoutWaiting::give_up()) {
        return {};
    }
    auto home = ask_system(user);
    const std::lock_guard lock(mutex_);
    if (homes_.size() >= kUsersMax) {
        homes_.clear();
    }
    return homes_.emplace(user, std::move(home)).first->second;
}

}  // namespace site
