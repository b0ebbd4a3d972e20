// Addresses in the hands of rules: URLs with a scheme, paths, queries. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/site/conditions/walk.h"

namespace site {

// The scheme that `text` starts with, up to and including ":" or "://"; size 0 where it is a path.
struct Scheme {
    std::size_t size = 0;
    bool has_query = false;  // "?" starts one
};
Scheme scheme_of(std::string_view text);

// A URL with a scheme, or a path, as a Location has to be written: everything behind the host is
// escaped, unless `is_unescaped`; bytes that could end a header field are escaped in any case.
std::string as_location(std::string_view url, bool is_unescaped);

// All that a path or a query may not hold as "%xx", in small letters as Apache writes them.
std::string escaped_path(std::string_view path);

// Control bytes and blanks as "%xx".
std::string without_controls(std::string_view text);
bool has_controls(std::string_view text);  // or blanks

// "http://host[:port]" of this request, as its client has written it.
std::string own_origin(const Walk& walk);

// The path of a URL that names the virtual host itself by scheme, name and port; as Apache has it,
// the name or an alias of it counts only with the port that ServerName says.
std::optional<std::string_view> reduced(std::string_view url, const Walk& walk);

// `path` without ".", ".." and "//"; nothing where it leads above the root.
std::optional<std::string> resolved(std::string_view path);

// `path` with `to` in the place of the directory `from`, or nothing where it does not lie in it.
std::optional<std::string> moved(std::string_view path, std::string_view from, std::string_view to);

}  // namespace site
