// Of `hoopsnake -t`: what AllowOverride lets a .htaccess file undo.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/config/language/opening_lines.h"
#include "core/server/tools/check/checks.h"

namespace server {
namespace {

using config::Section;

bool permits_links(const config::AllowOverride& allowed) {
    return (allowed.classes & config::override_class::kOptions) != 0 &&
           (!allowed.options || (*allowed.options & config::option::kFollowSymLinks) != 0);
}

bool is_plain(const Section& section) { return !section.regex && !section.is_wildcard; }

// Whether the directory of `inner` lies in that of `outer`, or is it.
bool encloses(const Section& outer, const Section& inner) {
    const auto& prefix = outer.pattern;
    return is_plain(outer) && inner.pattern.starts_with(prefix) &&
           (prefix == "/" || inner.pattern.size() == prefix.size() ||
            inner.pattern[prefix.size()] == '/');
}

// What Options says in the directory of `section`, where no .htaccess file says otherwise.
config::option::Bits options_in(
    const config::Config& config, const config::VirtualHost& host, const Section& section
) {
    std::vector<const Section*> outer;
    for (const auto number : host.index == 0 ? std::vector{0U} : std::vector{0U, host.index}) {
        for (const auto index : config.hosts[number].directories) {
            if (encloses(config.sections[index], section)) {
                outer.push_back(&config.sections[index]);
            }
        }
    }
    std::ranges::stable_sort(outer, {}, [](const Section* one) {
        return config::depth_of(one->pattern);
    });
    auto options = config::base_settings(config, host.index).options;
    for (const auto* const one : outer) {
        options.overlay(one->settings.options);
    }
    return options.bits();
}

}  // namespace

// Whoever withholds FollowSymLinks wants that a tenant's links lead nowhere else.
void check_overrides(const config::Config& config, Report& report) {
    for (const auto& host : config.hosts) {
        for (const auto index : host.directories) {
            const auto& section = config.sections[index];
            const auto& allowed = section.settings.allow_override;
            if (!allowed || !permits_links(*allowed) || !is_plain(section) ||
                (options_in(config, host, section) & config::option::kFollowSymLinks) != 0) {
                continue;
            }
            report.remark(
                section.place,
                fmt::format(
                    "<Directory {}>: AllowOverride permits a .htaccess file to say Options "
                    "+FollowSymLinks, which Options withholds here; AllowOverride with Options=, "
                    "and without FollowSymLinks behind it, does not",
                    section.pattern
                )
            );
        }
    }
}

}  // namespace server
