#include "core/server/tools/rights/file_state.h"

#include <sys/stat.h>

#include <cerrno>

namespace server {

FileState state_of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return errno == EACCES ? FileState::kHidden : FileState::kMissing;
    }
    return S_ISREG(facts.st_mode)   ? FileState::kFile
           : S_ISDIR(facts.st_mode) ? FileState::kDirectory
                                    : FileState::kOther;
}

bool is_no_directory(FileState state) {
    return state == FileState::kFile || state == FileState::kOther;
}

std::string missing(const std::string& path) {
    struct stat facts {};
    const bool is_link = ::lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode);
    return path + (is_link ? " is a symbolic link that leads nowhere" : " does not exist");
}

}  // namespace server
