// A Site: what all mappers of a process share of a configuration, which outlives it. Immutable once
// built, but for what is remembered of users and of the files of RewriteMap; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/config/model/config.h"
#include "core/site/map/groups.h"
#include "core/site/names/home_directories.h"
#include "core/site/names/mime_types.h"
#include "core/site/names/mounts.h"
#include "core/site/rewrite/rewrite_map.h"

namespace site {

struct Site {
    // The rules and maps of a virtual host that rewrites URLs.
    struct Rewriting {
        explicit Rewriting(config::RewriteRules its_rules)
            : rules(std::move(its_rules)), maps(rules.maps) {}
        config::RewriteRules rules;
        RewriteMaps maps;
    };

    explicit Site(const config::Config& its_config);

    const config::Config& config;
    const std::uint64_t number;  // no other one of the process has the same; never 0
    Mounts mounts;
    Groups groups;
    MimeTypes types;
    mutable HomeDirectories homes;
    std::vector<std::unique_ptr<const Rewriting>> rewriting;  // by virtual host; null: nothing
};

}  // namespace site
