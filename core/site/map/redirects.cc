#include "core/site/map/redirects.h"

#include <fmt/format.h>

#include "core/base/text/effort.h"
#include "core/site/conditions/evaluation.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

Outcome redirect_to(const config::Redirect& redirect, std::string target, const Mapping& mapping) {
    mapping.note("alias", fmt::format("Redirect {} ", redirect.status), target, &redirect.place);
    if (redirect.target.empty()) {
        return Outcome::page(redirect.status, "Redirect: " + mapping.walk.uri);
    }
    if (!mapping.walk.query.empty() && target.find('?') == std::string::npos) {
        target.append("?").append(mapping.walk.query);
    }
    return Outcome::redirection(redirect.status, std::move(target), "Redirect");
}

}  // namespace

bool matches_prefix(std::string_view prefix, std::string_view uri, std::size_t& size) {
    std::size_t at = 0;
    std::size_t in_prefix = 0;
    const auto skip = [](std::string_view text, std::size_t& position) {
        while (position < text.size() && text[position] == '/') {
            ++position;
        }
    };
    while (in_prefix < prefix.size()) {
        if (at >= uri.size() || prefix[in_prefix] != uri[at]) {
            return false;
        }
        if (prefix[in_prefix] == '/') {
            skip(prefix, in_prefix);
            skip(uri, at);
        } else {
            ++in_prefix;
            ++at;
        }
    }
    size = at;
    return prefix.ends_with('/') || at == uri.size() || uri[at] == '/';
}

base::Result<std::optional<std::string>> target_of(
    std::string_view directive,
    const base::Regex& regex,
    const std::string& text,
    const std::string& target,
    const config::Place& place
) {
    base::Captures captures;
    const auto match = regex.match(text, &captures);
    if (match == base::Match::kNo) {
        return std::optional<std::string>();
    }
    auto made = match == base::Match::kYes ? base::substitute(target, captures) : std::nullopt;
    if (!made) {
        return base::fail(
            base::Fault::kServer,
            fmt::format(
                "{}: {} {}: {}",
                place.text(),
                directive,
                regex.pattern(),
                match == base::Match::kYes
                    ? "the target has grown too long"
                    : "it takes too long, or all patterns of this request together do"
            )
        );
    }
    return made;
}

Answer redirect(const std::vector<config::Redirect>& redirects, Mapping& mapping) {
    for (const auto& redirect : redirects) {
        if (base::Effort::count()) {
            return Outcome::page(
                500, fmt::format("{}: Redirect: {}", redirect.place.text(), kRulesTakeTooLong)
            );
        }
        std::string target;
        std::size_t size = 0;
        if (redirect.is_whole()) {
            continue;  // its turn was before the aliases, or is after the sections
        }
        if (redirect.regex) {
            auto made = target_of(
                "RedirectMatch", *redirect.regex, mapping.walk.uri, redirect.target, redirect.place
            );
            if (!made) {
                return Outcome::page(500, made.error().what);
            }
            if (!*made) {
                continue;
            }
            target = **std::move(made);
        } else if (matches_prefix(redirect.url_path, mapping.walk.uri, size)) {
            target = redirect.target + encoded(std::string_view(mapping.walk.uri).substr(size));
        } else {
            continue;
        }
        return redirect_to(redirect, std::move(target), mapping);
    }
    return std::nullopt;
}

Answer redirect_whole(const config::Redirect& redirect, Mapping& mapping) {
    if (!redirect.expression) {
        return redirect_to(redirect, redirect.target, mapping);
    }
    auto target = value_of(*redirect.expression, mapping.walk);
    return target ? redirect_to(redirect, *std::move(target), mapping)
                  : Outcome::page(500, target.error().what);
}

}  // namespace site
