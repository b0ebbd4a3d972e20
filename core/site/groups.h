// The process group, the application group and the callable of a request (specification of
// mod_wsgi, 4). Immutable once built from a Config, which outlives it; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/config/config.h"
#include "core/site/outcome.h"
#include "core/site/route.h"
#include "core/site/walk.h"

namespace site {

// What the configuration says, in the words that were written.
struct GroupChoice {
    const std::string* process_group = nullptr;
    const std::string* application_group = nullptr;
    const std::string* callable = nullptr;
    const std::vector<std::string>* restrict_process = nullptr;  // null: any
};

class Groups {
public:
    explicit Groups(const config::Config& config);

    // Fills the names in `out`, whose script_name is known. Nothing, or the page that is the answer
    // instead.
    std::optional<Outcome> choose(const GroupChoice& choice, const Walk& walk, Route& out) const;

private:
    std::optional<std::string> complete(
        const std::string& written, const Walk& walk, const Route& route, std::string& out
    ) const;
    std::optional<Outcome> check(const GroupChoice& choice, const Walk& walk, const Route& out)
        const;

    const config::Config& config_;
    std::unordered_map<std::string, const config::DaemonGroup*> daemon_groups_;
};

}  // namespace site
