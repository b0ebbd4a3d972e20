// The .htaccess files that Apache would read for what a configuration serves: `hoopsnake migrate`
// goes down the directories where AllowOverride permits any, within bounds. One thread.
#pragma once

#include <cstddef>
#include <vector>

#include "core/config/findings/finding.h"
#include "core/config/model/config.h"

namespace server {

struct SearchBounds {
    std::size_t depth = 16;  // directories below each other
    std::size_t directories = 20'000;
    std::size_t files = 500;
};

// What there is to say about their lines, in the order of the virtual hosts (the main server last)
// and then of the directories; each file counts for the first virtual host that serves it. A remark
// says where a bound has kept others from being found. Symbolic links to directories are not
// followed.
std::vector<config::Finding> search_htaccess(
    const config::Config& config, const SearchBounds& bounds = {}
);

}  // namespace server
