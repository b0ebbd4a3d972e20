// Mounts as requests meet them: a mount of the main server is seen by every virtual host, each with
// its own log and environ. One view per (virtual host, mount); its number travels in
// site::Route::mount. Built from the configuration, the same in the supervisor and in every server
// process; constant; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/config/config.h"

namespace server {

struct MountView {
    std::uint32_t host = 0;         // index into config::Config::hosts
    std::uint32_t mount = 0;        // index into config::Config::mounts
    std::string process_group;      // as configured: a name or a token
    std::string application_group;  // likewise
    // Both groups are given by name: the script is loaded at start (specification 3.9).
    bool preloads = false;
};

class MountViews {
public:
    explicit MountViews(const config::Config& config);

    [[nodiscard]] const std::vector<MountView>& all() const { return views_; }
    // The number of the view; the pair exists.
    [[nodiscard]] std::uint32_t number(std::uint32_t host, std::uint32_t mount) const {
        return numbers_.at(key(host, mount));
    }

private:
    void add(const config::Config& config, std::uint32_t host, std::uint32_t mount);
    static std::uint64_t key(std::uint32_t host, std::uint32_t mount) {
        return (static_cast<std::uint64_t>(host) << 32U) | mount;
    }
    std::vector<MountView> views_;
    std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
};

// Whether requests through `view` may be answered by the group of that name ("" is embedded mode):
// it is named, or a token may turn out to name it.
bool may_answer(const MountView& view, const std::string& group);
// The part of environ that is the same for every request through `view`.
std::vector<std::pair<std::string, std::string>> constant_environ(
    const config::Config& config, const MountView& view
);
// "%{GLOBAL}" → "", the main interpreter resp. embedded mode; other names stand as they are.
std::string plain_group_name(const std::string& name);

}  // namespace server
