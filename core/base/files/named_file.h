// A file that a configuration names, and that is read to its end. What is none, as a FIFO or a
// terminal, would keep whoever opens or reads it waiting for as long as somebody likes. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace base {

// Opened to be read: a regular file, or /dev/null, as in Apache. `what` begins the error:
// "cannot read the configuration file /x".
Result<Fd> open_named_file(const std::string& path, std::string_view what);

}  // namespace base
