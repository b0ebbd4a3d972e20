// By what a client is served: a generation of the configuration, which changes only between
// requests; the virtual hosts that it may ask for at the address to which it has come; and the one
// of its newest request, before the first one that of the address, as in Apache. Whatever the
// connection speaks. Loop thread only.
#pragma once

#include "core/server/client/listening/endpoint.h"
#include "core/server/client/request_host.h"
#include "core/server/served/served.h"

namespace server {

class ConnectionSettings {
public:
    // All of them outlive it.
    ConnectionSettings(
        const RequestHost& requests, const std::string& local_address, const Endpoint& endpoint
    )
        : requests_(requests), local_address_(local_address), endpoint_(endpoint) {
        renew();
    }

    // Between requests: by the newest generation from now on.
    void renew();
    // The virtual host of a request has been found.
    void enter(const ServedHost& host) { host_ = &host; }

    [[nodiscard]] const Generation::Hold& generation() const { return generation_; }
    [[nodiscard]] const http::Limits& limits() const { return limits_; }
    [[nodiscard]] const site::HostNames& names() const { return *names_; }
    [[nodiscard]] const ServedHost& host() const { return *host_; }

private:
    const RequestHost& requests_;
    const std::string& local_address_;
    const Endpoint& endpoint_;
    Generation::Hold generation_;
    http::Limits limits_;
    const site::HostNames* names_ = nullptr;
    const ServedHost* host_ = nullptr;
};

}  // namespace server
