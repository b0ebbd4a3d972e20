// JSON as text, as far as we write it. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace server {

// `text` in quotes. Bytes that are no UTF-8 become the characters of the same numbers, as WSGI has
// it.
std::string json_string(std::string_view text);

}  // namespace server
