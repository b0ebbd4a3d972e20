#include "core/site/map/site.h"

#include <algorithm>

#include "core/config/rewriting/rewrite_values.h"

namespace site {
namespace {

// Nothing where no file can be asked for: the table is some hundred kilobytes.
MimeTypes types_for(const config::Config& config) {
    const bool has_files = std::ranges::any_of(config.hosts, [](const config::VirtualHost& host) {
        return !host.document_root.empty() || !host.aliases.empty() || host.settings.user_dir;
    });
    // A directory of scripts may hold other files; and a rule may name any file.
    const bool may_have_files =
        std::ranges::any_of(config.sections, [](const config::Section& section) {
            return section.settings.rewriting.is_given || section.settings.handler;
        });
    if (!has_files && !may_have_files) {
        return MimeTypes::parse("");
    }
    return config.types_config.empty() ? MimeTypes::of_system()
                                       : MimeTypes::of_system(config.types_config);
}

}  // namespace

Site::Site(const config::Config& its_config)
    : config(its_config),
      mounts(config),
      groups(config),
      types(types_for(config)),
      rewriting(config.hosts.size()) {
    for (const auto& host : config.hosts) {
        if (auto rules = config::rewriting_of_host(config, host.index); rules.is_given) {
            rewriting[host.index] = std::make_unique<const Rewriting>(std::move(rules));
        }
    }
}

}  // namespace site
