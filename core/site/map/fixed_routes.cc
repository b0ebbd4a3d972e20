#include "core/site/map/fixed_routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/site/access/access.h"
#include "core/site/map/handling.h"
#include "core/site/names/host_table.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

// Spots and routes; beyond it all are forgotten and found anew: some megabytes.
constexpr std::size_t kKeptMax = 8192;
// Of a virtual host; mounts behind them are found the whole way.
constexpr std::size_t kSpotsMax = 64;

// --- What speaks against it: in the whole virtual host

// How every path starts that a prefix matches: more paths than that start so.
std::string start_of(std::string_view prefix) {
    auto path = collapsed(prefix);
    path.resize(path.find_last_not_of('/') + 1);
    return path;
}

// How the paths start about which a host has more to say than where its mounts are: aliases and
// redirections come before mounts, and a <Location> changes anything. False: any path may be one,
// as where a regular expression tells.
bool add_exceptions(
    const config::Config& config,
    const config::VirtualHost& host,
    std::vector<std::string>& exceptions
) {
    const auto add = [&](const auto& directive) {
        exceptions.push_back(start_of(directive.url_path));
        return !directive.regex;
    };
    const auto add_location = [&](std::uint32_t index) {
        const auto& section = config.sections[index];
        const auto size =
            section.is_wildcard ? section.pattern.find_first_of("*?[\\") : std::string::npos;
        exceptions.push_back(start_of(std::string_view(section.pattern).substr(0, size)));
        return !section.regex;
    };
    return std::ranges::all_of(host.aliases, add) && std::ranges::all_of(host.redirects, add) &&
           std::ranges::all_of(host.locations, add_location) &&
           std::ranges::find(exceptions, "") == exceptions.end();
}

// --- In what holds for the script

// Whether the next request for the mount comes to the same as this one, as far as `mapping` tells.
bool is_same_for_all(const Mapping& mapping, const Mounts::Entry& entry) {
    const auto& settings = *mapping.settings;
    return
        // It is the mount that has been found, in one round: no name of a directory or of an
        // ErrorDocument came in between.
        mapping.mounted.mount == entry.mount && mapping.rounds == 1 &&
        mapping.walk.redirect_status == 200 &&
        // Nobody asks the file system: the target was a file when the server started. What lies in
        // a directory changes, and so do links where Options asks to look at each.
        entry.is_file && mapping.file.links.follows_all() &&
        // A path behind "/odd/" may be joined to the target's own name.
        !entry.joins_bare &&
        // .htaccess files change, and <If> asks the request. <Files> sees the script's name.
        mapping.has_constant_settings &&
        // SetEnvIf and its kin ask the request; those outside of all sections are here, too. SetEnv
        // and PassEnv give all requests the same.
        settings.environment.conditional.empty() &&
        // RewriteRule and Redirect see the URL, and RewriteCond all the rest.
        !settings.rewriting.is_on() && settings.redirects.empty() &&
        // Require, Allow and Deny ask who the client is, and by which method he asks.
        grant_all(settings.access) &&
        // A path below the script is 404.
        settings.accept_path_info != config::AcceptPathInfo::kOff;
}

// What has become of this one shows that nothing else had a say. All of it follows from what was
// looked at before; but this is cheap, and asked once for a mount.
bool looks_the_same(
    const Mapping& mapping,
    const Outcome& outcome,
    const request::Route& route,
    const Mounts::Entry& entry
) {
    const auto path = mapping.request.path;
    return outcome.status == 200 && outcome.reason.empty() && outcome.headers.empty() &&
           !outcome.dispatch && mapping.memory.vary.empty() && mapping.walk.uri == path &&
           !route.query && route.method.empty() && route.handler_script.empty() &&
           route.script_filename == entry.target &&
           route.script_name == path.substr(0, entry.tail_at) &&
           route.path_info == path.substr(entry.tail_at);
}

}  // namespace

// --- The mounts of a virtual host

FixedRoutes::Host& FixedRoutes::host_of(std::uint32_t number) {
    if (hosts_[number] == nullptr) {
        if (kept_ >= kKeptMax) {
            std::ranges::fill(hosts_, nullptr);
            kept_ = 0;
        }
        hosts_[number] = make(number);
        kept_ += hosts_[number]->spots.size() + 1;
    }
    return *hosts_[number];
}

// Without spots where none of its mounts is fixed.
std::unique_ptr<FixedRoutes::Host> FixedRoutes::make(std::uint32_t number) const {
    auto host = std::make_unique<Host>();
    const auto* const rewriting = site_.rewriting[number].get();
    if (rewriting != nullptr && rewriting->rules.is_on()) {
        return host;  // its rules see every URL first
    }
    const auto hosts = number == 0 ? std::vector{0U} : std::vector{number, 0U};
    for (const auto each : hosts) {
        if (!add_exceptions(site_.config, site_.config.hosts[each], host->exceptions)) {
            return host;
        }
    }
    for (const auto each : hosts) {
        for (const auto& entry : site_.mounts.of(each)) {
            // Which paths an expression takes away from those behind it is not known.
            if (entry.mount->regex || host->spots.size() == kSpotsMax) {
                return host;
            }
            host->spots.emplace_back().mount = &entry;
        }
    }
    return host;
}

FixedRoutes::Spot* FixedRoutes::spot_of(const FixedQuestion& question) {
    Host& host = host_of(question.host);
    // TRACE is refused; an odd authority is, too, but for that its bytes had to be looked at again.
    // A path that is not plain is normalised first.
    if (host.spots.empty() || !question.is_ordinary || question.method == "TRACE" ||
        !is_plain_path(question.path)) {
        return nullptr;
    }
    for (const auto& start : host.exceptions) {
        if (question.path.starts_with(start)) {
            return nullptr;
        }
    }
    for (auto& spot : host.spots) {
        if (spot.mount->covers(question.path)) {
            return spot.is_fixed ? &spot : nullptr;
        }
    }
    return nullptr;
}

// --- Their routes

const FixedRoute* FixedRoutes::Spot::route_for(std::uint16_t local_port) const {
    const auto found = std::ranges::find_if(routes, [&](const FixedRoute& fixed) {
        return fixed.local_port == 0 || fixed.local_port == local_port;
    });
    return found == routes.end() ? nullptr : &*found;
}

FixedRoutes::Found FixedRoutes::find(const FixedQuestion& question) {
    const Spot* const spot = spot_of(question);
    if (spot == nullptr) {
        return {};
    }
    return {spot->route_for(question.local_port), question.path.substr(spot->mount->tail_at)};
}

void FixedRoutes::learn(
    const Mapping& mapping, const Outcome& outcome, const request::Route& route
) {
    if (!outcome.is_script()) {
        return;
    }
    const auto& request = mapping.request;
    const FixedQuestion question{
        .host = request.host,
        .local_port = request.local_port,
        .method = request.method,
        .path = request.path,
        .is_ordinary = request.failure == 0 && !request.remote_host &&
                       !request.is_remote_host_unknown && has_plain_name(request.authority),
    };
    Spot* const spot = spot_of(question);
    if (spot == nullptr || spot->route_for(request.local_port) != nullptr) {
        return;
    }
    const auto needs = site_.groups.needs_of(choice_of(mapping), request.host);
    spot->is_fixed = needs != Groups::Needs::kMore && is_same_for_all(mapping, *spot->mount) &&
                     looks_the_same(mapping, outcome, route, *spot->mount);
    if (spot->is_fixed) {
        const bool is_for_port = needs == Groups::Needs::kLocalPort;
        auto& fixed = spot->routes.emplace_back(FixedRoute{
            .route = route,
            .pass_authorization = outcome.pass_authorization,
            .local_port = is_for_port ? request.local_port : std::uint16_t{0},
        });
        fixed.route.path_info.clear();
        fixed.route.number = number_of(mapping, fixed.local_port);
        ++kept_;
    }
}

// All mappers of the site find the same route for them, so that the number says it is the same
// wherever it was found.
std::uint64_t FixedRoutes::number_of(const Mapping& mapping, std::uint16_t port) const {
    constexpr unsigned kBits = 16;
    std::uint64_t number = 0;
    for (const std::uint64_t part :
         {site_.number,
          std::uint64_t{mapping.request.host},
          std::uint64_t{mapping.mounted.mount->index},
          std::uint64_t{port}}) {
        if (part >> kBits != 0) {
            return 0;  // so many are not told apart
        }
        number = number << kBits | part;
    }
    return number;
}

}  // namespace site
