// Alias, AliasMatch, Redirect and RedirectMatch as data. Applied by core/site/mapper.
#pragma once

#include <optional>
#include <string>

#include "core/base/text/regex.h"
#include "core/config/expression/expression.h"
#include "core/config/model/place.h"

namespace config {

// Redirect, RedirectMatch, RedirectPermanent, RedirectTemp.
struct Redirect {
    int status = 302;
    std::string url_path;              // a prefix; unused where `regex` is given
    std::optional<base::Regex> regex;  // RedirectMatch
    std::string target;                // a URL or a path; "" where the status carries none (410)
    std::optional<Expression> expression;  // the target where it is for the whole of a section
    Place place;

    [[nodiscard]] bool is_whole() const { return url_path.empty() && !regex; }
};

// Alias, AliasMatch.
struct Alias {
    std::string url_path;              // as written; unused where `regex` is given
    std::optional<base::Regex> regex;  // AliasMatch
    std::string target;                // absolute path
    Place place;
};

}  // namespace config
