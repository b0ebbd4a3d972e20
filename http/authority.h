// host[:port], as it stands in Host and in the absolute form of a target (RFC 3986 section 3.2,
// without userinfo). Plain function on a value; any thread.
#pragma once

#include <string_view>

namespace http {

// At most 255 bytes; a reg-name, an IPv4 address or an IPv6 address in brackets; a port from 0 to
// 65535 or an empty one. An empty authority is valid: Host may be empty (RFC 9112 section 3.2).
bool is_valid_authority(std::string_view authority);

}  // namespace http
