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
using Settings = config::DirectorySettings;

bool permits_option(const config::AllowOverride& allowed, config::option::Bits option) {
    return (allowed.classes & config::override_class::kOptions) != 0 &&
           (!allowed.options || (*allowed.options & option) != 0);
}

bool is_plain(const Section& section) { return !section.regex && !section.is_wildcard; }

// Whether the directory of `inner` lies in that of `outer`, or is it.
bool encloses(const Section& outer, const Section& inner) {
    const auto& prefix = outer.pattern;
    return is_plain(outer) && inner.pattern.starts_with(prefix) &&
           (prefix == "/" || inner.pattern.size() == prefix.size() ||
            inner.pattern[prefix.size()] == '/');
}

// What holds in the directory of `section`, where no .htaccess file says otherwise.
Settings settings_in(
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
    auto settings = config::base_settings(config, host.index);
    for (const auto* const one : outer) {
        settings.overlay(one->settings);
    }
    return settings;
}

// Whoever withholds FollowSymLinks wants that a tenant's links lead nowhere else.
bool gives_links_back(const config::AllowOverride& allowed, const Settings& settings) {
    return permits_option(allowed, config::option::kFollowSymLinks) &&
           (settings.options.bits() & config::option::kFollowSymLinks) == 0;
}

// SetHandler makes scripts of files, and process-group= of an alias is that of its script alone.
bool permits_embedded_scripts(
    const config::Config& config, const config::AllowOverride& allowed, const Settings& settings
) {
    const bool may_run = permits_option(allowed, config::option::kExecCgi) ||
                         (settings.options.bits() & config::option::kExecCgi) != 0;
    const bool has_others = std::ranges::any_of(config.daemon_groups, [](const auto& group) {
        return !group.user.empty();
    });
    return may_run && has_others && !config.restrict_embedded &&
           (allowed.classes & config::override_class::kFileInfo) != 0 &&
           settings.process_group == config::kGlobalGroup;
}

}  // namespace

void check_overrides(const config::Config& config, Report& report) {
    for (const auto& host : config.hosts) {
        for (const auto index : host.directories) {
            const auto& section = config.sections[index];
            const auto& allowed = section.settings.allow_override;
            if (!allowed || !is_plain(section)) {
                continue;
            }
            const auto settings = settings_in(config, host, section);
            if (gives_links_back(*allowed, settings)) {
                report.remark(
                    section.place,
                    fmt::format(
                        "<Directory {}>: AllowOverride permits a .htaccess file to say Options "
                        "+FollowSymLinks, which Options withholds here; AllowOverride with "
                        "Options=, and without FollowSymLinks behind it, does not",
                        section.pattern
                    )
                );
            }
            if (permits_embedded_scripts(config, *allowed, settings)) {
                report.remark(
                    section.place,
                    fmt::format(
                        "<Directory {}>: AllowOverride permits a .htaccess file to make scripts of "
                        "files (ExecCGI, SetHandler), and they would run in embedded mode, with "
                        "the rights of the server: process-group= of an alias is for its script "
                        "alone; WSGIProcessGroup here, or WSGIRestrictEmbedded On, keeps them out",
                        section.pattern
                    )
                );
            }
        }
    }
}

}  // namespace server
