// What the log says where an allocation has failed, and that it is not written, or not as a whole,
// is no further failure.
#pragma once

#include <string_view>

#include "core/base/system/log.h"

namespace base {

// "there is no memory for <what>: <whose>". Any thread.
void tell_no_memory(const Log& log, std::string_view what, std::string_view whose) noexcept;

}  // namespace base
