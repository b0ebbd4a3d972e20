// The files that a configuration is read from. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace config {

// The whole text; 64 MiB at most. The error says why not: it is no regular file, for one.
base::Result<std::string> read_file(const std::string& path);
// The same, and it may be a pipe, as a shell's <(…) is.
base::Result<std::string> read_file_or_pipe(const std::string& path);

// Takes off what some editors put before a text, and says what is wrong with it; "": nothing is.
std::string_view take_mark_off(std::string& text);

// The files that `Include path` means, in the order in which they are read: a file, all files below
// a directory, or what a pattern with "*", "?" and "[" matches (those of a directory by their
// names). Empty where nothing is there.
std::vector<std::string> included_files(const std::string& path);

// Whether `path` holds "*", "?" or "[".
bool is_pattern(const std::string& path);

// The directory of a file, absolute.
std::string absolute_directory_of(const std::string& path);
std::string working_directory();

}  // namespace config
