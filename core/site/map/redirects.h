// Redirect and its kin, and how the URL of one of them, or of an Alias, matches. Functions on one
// Mapping; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/text/regex.h"
#include "core/config/model/redirect.h"
#include "core/site/map/mapping.h"

namespace site {

// The first that matches the URL; those that say all of a section are left out: their turn is
// before the aliases, or after the sections.
Answer redirect(const std::vector<config::Redirect>& redirects, Mapping& mapping);
Answer redirect_whole(const config::Redirect& redirect, Mapping& mapping);

// Whether the URL path of an Alias or a Redirect matches; `size` is how much of `uri` it is. Runs
// of slashes count as one on both sides.
bool matches_prefix(std::string_view prefix, std::string_view uri, std::size_t& size);

// What `regex` makes of `text`; nothing where it does not match. The error is that it took too long
// or made too much.
base::Result<std::optional<std::string>> target_of(
    std::string_view directive,
    const base::Regex& regex,
    const std::string& text,
    const std::string& target,
    const config::Place& place
);

}  // namespace site
