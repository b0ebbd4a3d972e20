// What keeps somebody from a file: a directory on the way to it, which a symbolic link may lead
// through, that may not be searched (path_resolution(7)). Asks the file system; any thread.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <functional>
#include <string>

namespace base {

// Of its account; "#1001" where it has none.
std::string name_of_user(uid_t uid);
// "/srv/bob has mode 0750 and belongs to bob:bob"
std::string rights_of(const std::string& path, const struct stat& facts);

using MaySearch = std::function<bool(const std::string& directory, const struct stat& facts)>;
// The rights of the first directory on the way to `path`, an absolute one, that `may_search` says
// no to; "" where there is none, or where the way ends before.
std::string obstacle_on_way(const std::string& path, const MaySearch& may_search);
// The same, as this process finds it.
std::string obstacle_on_way(const std::string& path);

}  // namespace base
