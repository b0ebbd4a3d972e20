// Whether a section is about a directory, a file or a URL. An error is that this could not be found
// out within the bounds: to leave the section out might let somebody in. Pure functions; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/model/section.h"
#include "core/request/variables.h"

namespace site {

// Its pattern or condition, as written.
std::string argument_of(const config::Section& section);
// "site.conf:14: <Files a*>: " and what is wrong.
tl::unexpected<base::Error> failed(const config::Section& section, std::string_view what);

// `directory` without a final slash.
base::Result<bool> matches_directory(const config::Section& section, const std::string& directory);
// Of a section with a regular expression: sets MATCH_NAME for each of its named groups.
base::Result<bool> matches_regex(
    const config::Section& section, const std::string& text, request::Variables& named
);
// Likewise, where it has one.
base::Result<bool> matches_file(
    const config::Section& section, const std::string& name, request::Variables& named
);
base::Result<bool> fits_location(
    const config::Section& section, const std::string& uri, request::Variables& named
);

}  // namespace site
