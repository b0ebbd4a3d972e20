// Fixed routes: a mount that gives all of its requests the same route, but for the path below it,
// has gone through the phases (mapper.h) once when it keeps the result for the others. Whether it
// does is a matter of the configuration alone; fixed_routes.cc lists what speaks against it. What
// is not known to be harmless goes the whole way: a wrong route would be another tenant's
// application. One per mapper; what it keeps has bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/request/route.h"
#include "core/site/map/mapping.h"
#include "core/site/map/outcome.h"
#include "core/site/map/site.h"

namespace site {

// What of a request matters where its mount is fixed.
struct FixedQuestion {
    std::uint32_t host = 0;  // these four as in RequestView
    std::uint16_t local_port = 80;
    std::string_view method;
    std::string_view path;
    // It is asked about for the first time, nobody has failed to answer it, and its authority
    // has_plain_name().
    bool is_ordinary = false;
};

struct FixedRoute {
    request::Route route;  // without path_info
    bool pass_authorization = false;
    std::uint16_t local_port = 0;  // that it is for; 0: any
};

class FixedRoutes {
public:
    explicit FixedRoutes(const Site& site) : site_(site), hosts_(site.config.hosts.size()) {}

    struct Found {
        const FixedRoute* fixed = nullptr;  // null: the whole way has to be gone
        std::string_view path_info;
    };
    // Valid until the next call.
    [[nodiscard]] Found find(const FixedQuestion& question);

    // The whole way has been gone; it is kept where the next request need not go it.
    void learn(const Mapping& mapping, const Outcome& outcome, const request::Route& route);

private:
    // A mount in a virtual host.
    struct Spot {
        const Mounts::Entry* mount = nullptr;
        bool is_fixed = true;            // as far as is known
        std::vector<FixedRoute> routes;  // one, or one for each port; empty: nobody has asked yet

        [[nodiscard]] const FixedRoute* route_for(std::uint16_t local_port) const;
    };
    struct Host {
        std::vector<std::string> exceptions;  // paths that start so go the whole way
        std::vector<Spot> spots;              // in the order in which paths are compared with them
    };

    Host& host_of(std::uint32_t number);
    [[nodiscard]] std::unique_ptr<Host> make(std::uint32_t number) const;
    // Null: none that might be fixed.
    Spot* spot_of(const FixedQuestion& question);
    [[nodiscard]] std::uint64_t number_of(const Mapping& mapping, std::uint16_t port) const;

    const Site& site_;
    std::vector<std::unique_ptr<Host>> hosts_;  // as asked for
    std::size_t kept_ = 0;                      // spots and routes
};

}  // namespace site
