// From where a client has come, and by what it is served: a generation of the configuration, which
// changes only between requests; the virtual hosts that it may ask for at the address to which it
// has come; and the one of its newest request, before the first one that of the address, as in
// Apache. Whatever the connection speaks. Loop thread only.
#pragma once

#include <utility>

#include "core/server/client/arrival.h"
#include "core/server/client/asked_host.h"
#include "core/server/client/request_host.h"
#include "core/server/served/served.h"

namespace server {

class ConnectionSettings {
public:
    // `requests` outlives it.
    ConnectionSettings(const RequestHost& requests, Arrival arrival)
        : requests_(requests), arrival_(std::move(arrival)) {
        renew();
    }

    // Between requests: by the newest generation from now on.
    void renew();
    // The virtual host of a request has been found.
    void enter(const ServedHost& host) { host_ = &host; }

    [[nodiscard]] const Arrival& arrival() const { return arrival_; }
    [[nodiscard]] const Generation::Hold& generation() const { return generation_; }
    [[nodiscard]] const http::Limits& limits() const { return limits_; }
    // The virtual hosts that it may ask for.
    [[nodiscard]] const site::HostNames& names() const { return *names_; }
    [[nodiscard]] const ServedHost& host() const { return *host_; }
    // The Locator's, for the next request.
    [[nodiscard]] AskedHost& asked() { return asked_; }

private:
    const RequestHost& requests_;
    const Arrival arrival_;
    Generation::Hold generation_;
    http::Limits limits_;
    const site::HostNames* names_ = nullptr;
    const ServedHost* host_ = nullptr;
    AskedHost asked_;  // by generation_ and names_
};

}  // namespace server
