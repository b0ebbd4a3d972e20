#include "core/config/model/rewrite_rules.h"

#include <algorithm>

namespace config {
namespace {

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

// Maps of `inner` hide those of the same name.
void inherit_maps(std::vector<RewriteMap>& inner, const std::vector<RewriteMap>& outer) {
    for (const auto& map : outer) {
        if (std::ranges::count(inner, map.name, &RewriteMap::name) == 0) {
            inner.push_back(map);
        }
    }
}

}  // namespace

void RewriteRules::overlay(const RewriteRules& inner) {
    if (!inner.is_given) {
        return;
    }
    RewriteRules merged = inner;
    if (!merged.engine) {
        merged.engine = engine;
    }
    if (!merged.options) {
        merged.options = options;
    }
    if (merged.is_of_server == is_of_server && is_given) {
        if (merged.has(rewrite_option::kMergeBase) && !merged.base) {
            merged.base = base;
        }
        const bool is_open = !merged.has(rewrite_option::kIgnoreInherit);
        const bool is_before = merged.has(rewrite_option::kInheritBefore) ||
                               (has(rewrite_option::kInheritDownBefore) && is_open);
        if (merged.has(rewrite_option::kInherit) ||
            (has(rewrite_option::kInheritDown) && is_open)) {
            append(merged.rules, rules);
            inherit_maps(merged.maps, maps);
        } else if (is_before) {
            merged.rules = rules;
            append(merged.rules, inner.rules);
            inherit_maps(merged.maps, maps);
        }
    }
    *this = std::move(merged);
}

}  // namespace config
