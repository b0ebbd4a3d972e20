#include "core/site/sections/section_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/glob.h"
#include "core/base/text/text.h"
#include "core/config/language/opening_lines.h"

namespace site {
namespace {

using config::Section;

// To take what was given up for no match would leave out a section that keeps somebody out.
base::Result<bool> is_match(base::Match match, const Section& section) {
    if (match == base::Match::kGaveUp) {
        return failed(section, "it takes too long, or all patterns of this request together do");
    }
    return match == base::Match::kYes;
}

base::Result<bool> fits_pattern(const Section& section, const std::string& text) {
    return is_match(base::glob_match(section.pattern, text, {.is_path = true}), section);
}

}  // namespace

std::string argument_of(const Section& section) {
    return section.condition ? section.condition->text()
           : section.regex   ? section.regex->pattern()
                             : section.pattern;
}

tl::unexpected<base::Error> failed(const Section& section, std::string_view what) {
    return base::fail(
        base::Fault::kServer,
        fmt::format(
            "{}: <{} {}>: {}",
            section.place.text(),
            config::name_of(section),
            argument_of(section),
            what
        )
    );
}

base::Result<bool> matches_directory(const Section& section, const std::string& directory) {
    return section.is_wildcard ? fits_pattern(section, directory)
                               : base::Result<bool>(section.pattern == directory);
}

base::Result<bool> matches_regex(
    const Section& section, const std::string& text, request::Variables& named
) {
    const auto& regex = *section.regex;
    base::Captures captures;
    if (!TRY(is_match(regex.match(text, &captures), section))) {
        return false;
    }
    for (const auto& [name, group] : regex.names()) {
        std::string variable = "MATCH_" + name;
        std::ranges::transform(variable, variable.begin(), [](char c) { return base::upper(c); });
        named.set(variable, captures.groups.at(group));
    }
    return true;
}

base::Result<bool> matches_file(
    const Section& section, const std::string& name, request::Variables& named
) {
    return section.regex         ? matches_regex(section, name, named)
           : section.is_wildcard ? fits_pattern(section, name)
                                 : base::Result<bool>(section.pattern == name);
}

base::Result<bool> fits_location(
    const Section& section, const std::string& uri, request::Variables& named
) {
    if (section.regex) {
        return matches_regex(section, uri, named);
    }
    if (section.is_wildcard) {
        return fits_pattern(section, uri);
    }
    const auto& prefix = section.pattern;
    return uri.starts_with(prefix) &&
           (prefix.ends_with('/') || uri.size() == prefix.size() || uri[prefix.size()] == '/');
}

}  // namespace site
