// Digests as lower-case hexadecimal digits, for texts that are compared and for file names; not for
// passwords. By libaprutil. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace base {

std::string md5(std::string_view text);
std::string sha1(std::string_view text);

}  // namespace base
