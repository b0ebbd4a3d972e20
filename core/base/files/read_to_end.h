// The rest of a file as text. Any thread; waits for as long as the file's reads do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace base {

// All that is still to be read of `fd`, or why not: "<what>: larger than 64 MiB" where that is more
// than `bytes_max`, and "<what>: " with the system's word where it cannot be read.
Result<std::string> read_to_end(int fd, std::size_t bytes_max, std::string_view what);

}  // namespace base
