// The functions of expressions that only look at their argument. Each appends its value to `out`.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace site {

// Whatever a path or a query may not hold as it is becomes "%xx".
void append_escaped(std::string& out, std::string_view text);

// "%xx" becomes its byte, but for "%2f". Nothing if any "%" has no two digits behind it, or stands
// for a zero byte.
void append_unescaped(std::string& out, std::string_view text);

void append_base64(std::string& out, std::string_view bytes);

// Ends at the first character that is none of base64.
void append_unbase64(std::string& out, std::string_view text);

}  // namespace site
