#include "core/config/directives/tables.h"

#include <algorithm>
#include <array>
#include <vector>

namespace config {

std::span<const Directive> directives() {
    static const std::vector<Directive> kAll = [] {
        std::vector<Directive> all;
        for (const auto table : {
                 server_directives(),
                 access_directives(),
                 environment_directives(),
                 language_directives(),
                 log_directives(),
                 mapping_directives(),
                 rewrite_directives(),
                 wsgi_directives(),
             }) {
            all.insert(all.end(), table.begin(), table.end());
        }
        std::ranges::sort(all, {}, &Directive::name);
        return all;
    }();
    return kAll;
}

}  // namespace config
