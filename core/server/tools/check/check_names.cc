// Of `hoopsnake -t`: definitions that stand in each other's way, and virtual hosts that nobody can
// reach.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/values/readers.h"
#include "core/server/tools/check/checks.h"
#include "core/site/names/host_table.h"
#include "core/site/names/mounts.h"

namespace server {
namespace {

// A definition that takes all paths below `path`.
struct Claim {
    std::string directive;
    std::string path;
    const config::Place* place = nullptr;
};

// Whether `first` takes every path that `second` could.
bool takes_paths_of(const std::string& first, const std::string& second) {
    return first == second ||
           (second.starts_with(first) && (first.ends_with('/') || second[first.size()] == '/'));
}

// Apache asks all aliases before all mounts.
std::vector<Claim> claims_of(const config::Config& config, const config::VirtualHost& host) {
    std::vector<Claim> claims;
    for (const auto& alias : host.aliases) {
        if (!alias.regex) {
            claims.push_back({"Alias", site::collapsed(alias.url_path), &alias.place});
        }
    }
    for (const auto index : host.mounts) {
        const auto& mount = config.mounts.at(index);
        if (!mount.regex) {
            claims.push_back({"WSGIScriptAlias", site::collapsed(mount.url_path), &mount.place});
        }
    }
    return claims;
}

// The first claim that takes_paths_of a path, found by its prefixes.
class Claimed {
public:
    const Claim* find(const std::string& path) const {
        for (std::size_t size = 1; size <= path.size(); ++size) {
            if (const auto found = first_.find(path.substr(0, size));
                found != first_.end() && takes_paths_of(found->first, path)) {
                return found->second;
            }
        }
        return nullptr;
    }
    void add(const Claim& claim) { first_.emplace(claim.path, &claim); }

private:
    std::unordered_map<std::string, const Claim*> first_;
};

struct NameAndPort {
    std::string host;        // "" is any
    std::uint16_t port = 0;  // 0 is any
};

NameAndPort read_address(const std::string& written) {
    NameAndPort address{std::string(site::name_in(written)), site::port_in(written)};
    if (address.host == "*" || base::lower_case(address.host) == "_default_") {
        address.host.clear();
    } else if (address.host.starts_with('[')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    return address;
}

bool is_reached(const config::Listener& listener, const NameAndPort& address) {
    const bool has_port = listener.port == 0 || address.port == 0 || listener.port == address.port;
    const bool is_name = !config::is_ipv4(listener.host) &&
                         listener.host.find(':') == std::string::npos && !listener.host.empty();
    return has_port && (listener.host.empty() || address.host.empty() || is_name ||
                        listener.host == address.host);
}

void check_claims(const config::Config& config, const config::VirtualHost& host, Report& report) {
    Claimed claimed;
    const auto claims = claims_of(config, host);
    for (const auto& claim : claims) {
        if (const auto* const first = claimed.find(claim.path)) {
            report.remark(
                *claim.place,
                fmt::format(
                    "{}: {} is never reached, because {} {} ({}) comes first and takes all its "
                    "requests",
                    claim.directive,
                    claim.path,
                    first->directive,
                    first->path,
                    first->place->text()
                )
            );
        }
        claimed.add(claim);
    }
}

void check_addresses(
    const config::Config& config, const config::VirtualHost& host, Report& report
) {
    const bool is_one_reached = std::ranges::any_of(host.addresses, [&](const auto& written) {
        return std::ranges::any_of(config.listeners, [&](const auto& listener) {
            return is_reached(listener, read_address(written));
        });
    });
    if (!is_one_reached) {
        report.remark(
            host.place,
            fmt::format(
                "<VirtualHost {}>: is never reached, because no Listen is for such an address",
                fmt::join(host.addresses, " ")
            )
        );
    }
}

void check_host_names(const config::Config& config, Report& report) {
    std::unordered_map<std::string, const config::VirtualHost*> owners;  // by address and name
    for (const auto& host : config.hosts) {
        std::set<std::string> names;
        if (!host.server_name.empty()) {
            names.insert(base::lower_case(host.server_name));
        }
        for (const auto& alias : host.server_aliases) {
            names.insert(base::lower_case(alias));
        }
        for (const auto& written : host.addresses) {
            const auto address = read_address(written);
            for (const auto& name : names) {
                const auto key = fmt::format("{} {} {}", address.host, address.port, name);
                const auto [owner, is_new] = owners.emplace(key, &host);
                if (!is_new && owner->second != &host) {
                    report.remark(
                        host.place,
                        fmt::format(
                            "<VirtualHost {}>: requests for {} go to the one of {}, which has that "
                            "name, too, and comes first",
                            written,
                            name,
                            owner->second->place.text()
                        )
                    );
                }
            }
        }
    }
}

}  // namespace

void check_names(const config::Config& config, Report& report) {
    for (const auto& host : config.hosts) {
        check_claims(config, host, report);
        if (host.index != 0 && !host.addresses.empty() && !config.listeners.empty()) {
            check_addresses(config, host, report);
        }
    }
    check_host_names(config, report);
}

}  // namespace server
