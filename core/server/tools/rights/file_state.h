// What a path leads to. Any thread.
#pragma once

#include <string>

namespace server {

enum class FileState { kFile, kDirectory, kOther, kMissing, kHidden };

FileState state_of(const std::string& path);
// Whether it is certain that no directory is there.
bool is_no_directory(FileState state);
// "/srv/www does not exist"
std::string missing(const std::string& path);

}  // namespace server
