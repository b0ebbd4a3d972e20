#include "core/server/tools/rights/reading_rights.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/process/way_to_file.h"

namespace server {
namespace {

std::vector<gid_t> groups_of(const ipc::Identity& identity) {
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count), identity.gid);
    if (identity.user_name.empty()) {
        return {identity.gid};
    }
    while (::getgrouplist(identity.user_name.c_str(), identity.gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
    }
    groups.resize(static_cast<std::size_t>(count));
    return groups;
}

std::vector<gid_t> own_groups() {
    const int count = std::max(0, ::getgroups(0, nullptr));
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    groups.resize(static_cast<std::size_t>(std::max(0, ::getgroups(count, groups.data()))));
    groups.push_back(::getegid());
    return groups;
}

}  // namespace

Reader::Reader(const ipc::Identity& identity)
    : name_(base::name_of_user(identity.uid)),
      uid_(identity.uid),
      groups_(
          identity.uid == ::geteuid() && identity.user_name.empty() ? own_groups()
                                                                    : groups_of(identity)
      ) {}

// Root reads everything; else the first class that one belongs to decides (path_resolution(7)).
bool Reader::may(const struct stat& facts, Wanted wanted) const {
    if (uid_ == 0) {
        return true;
    }
    constexpr unsigned kOwnerShift = 6;
    constexpr unsigned kGroupShift = 3;
    const unsigned shift = facts.st_uid == uid_                            ? kOwnerShift
                           : std::ranges::count(groups_, facts.st_gid) > 0 ? kGroupShift
                                                                           : 0;
    const unsigned bit = wanted == Wanted::kRead ? S_IROTH : S_IXOTH;
    return ((facts.st_mode >> shift) & bit) != 0;
}

std::string Reader::obstacle(const std::string& path, Wanted wanted) const {
    auto found = base::obstacle_on_way(path, [this](const std::string&, const struct stat& facts) {
        return may(facts, Wanted::kSearch);
    });
    struct stat facts {};
    if (!found.empty() || wanted == Wanted::kFind || ::stat(path.c_str(), &facts) != 0) {
        return found;  // whether it is there at all is another question
    }
    return may(facts, wanted) ? std::string() : base::rights_of(path, facts);
}

}  // namespace server
