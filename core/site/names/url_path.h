// URL paths: the bytes that a client sent become the one path that everybody decides on. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/config/model/config.h"

namespace site {

enum class PathVerdict {
    kFine,
    kMalformed,  // no leading "/", a "%" without two digits, or ".." above the root: 400
    kForbidden,  // an encoded "/" or a zero byte, which a path could not carry faithfully: 404, as
                 // Apache answers
};

// Decodes percent-escapes once, then resolves "." and "..", and collapses "//" (RFC 3986
// section 6.2.2; Apache's MergeSlashes), unless `merges_slashes` is false. `out` keeps its
// capacity; on a refusal its content means nothing. An empty path is "/".
PathVerdict normalise(
    std::string_view raw,
    std::string& out,
    bool merges_slashes = true,
    config::EncodedSlashes encoded_slashes = config::EncodedSlashes::kRefused
);

// Whether normalise() would leave `raw` as it is, whatever else it is told: it has no escape, no
// "//", and no segment that starts with a dot. False where that cannot be seen at once.
bool is_plain_path(std::string_view raw);

// Whether a path has this byte as it is: RFC 3986's pchar, and "/"; so do ap_escape_uri() and
// mod_rewrite of Apache.
bool is_plain_in_path(char c);

// The path again as a client has to write it: other bytes become "%XX".
std::string encoded(std::string_view path);

}  // namespace site
