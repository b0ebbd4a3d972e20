#include "core/site/map/site.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/base/system/log.h"
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
    if (config.types_config.empty()) {
        return MimeTypes::of_system();
    }
    auto types = MimeTypes::read(config.types_config);
    if (types) {
        return std::move(*types);
    }
    base::main_log().error(
        "TypesConfig: {}; the types that are built in take its place", types.error().what
    );
    return MimeTypes::of_system({});
}

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Site::Site(const config::Config& its_config)
    : config(its_config),
      number(next_number()),
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
