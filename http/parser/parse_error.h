// Why a request was refused: what parser, request line and head check say to whoever answers the
// client.
#pragma once

namespace http {

struct ParseError {
    int status = 400;       // 400, 405, 413, 414, 417, 431, 501 or 505; 0: nothing is wrong
    const char* what = "";  // for the log at level info; a literal
    [[nodiscard]] bool is_error() const { return status != 0; }
};

inline constexpr ParseError kNoError{0, ""};

}  // namespace http
