// Where a connection arrived and the Host it asks for → a virtual host, by Apache's rules:
//   1. <VirtualHost> addresses: the connection's own address beats "*" and "_default_", a written
//   port beats any port;
//   2. among the virtual hosts of that address: an exact ServerName or ServerAlias, then a
//   ServerAlias with wildcards,
//      each in the order of the file;
//   3. no such name: the first virtual host of that address; no such address: the main server.
// Exact names are one hash lookup and allocate nothing. Immutable once built; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/config/model/config.h"

namespace site {

// Case-blind hash and equality, for lookups without a string of their own.
struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
};
struct NameEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};

// The name in a Host field: without port and without a final dot. Brackets of an IPv6 address stay.
std::string_view name_in(std::string_view authority);
// Its port; 0 when there is none or it is no number of a port.
std::uint16_t port_in(std::string_view authority);

// Whether the name in a Host field may become part of the name of a group: only it may, of all that
// a request says (%{HOST}).
bool has_plain_name(std::string_view authority);

// Whether `name` matches `pattern`, case-blind; "*" is any text, "?" one character.
bool matches_wildcard(std::string_view name, std::string_view pattern);

// The virtual hosts of one address.
class HostNames {
public:
    explicit HostNames(std::uint32_t first) : first_(first) {}

    void add(const config::VirtualHost& host);

    // Index into config::Config::hosts. `authority` is a Host field: its port and case do not
    // matter; it may be empty.
    [[nodiscard]] std::uint32_t find(std::string_view authority) const;

private:
    void add(std::string_view name, std::uint32_t host);

    std::uint32_t first_;
    std::unordered_map<std::string, std::uint32_t, NameHash, NameEqual> exact_;
    std::vector<std::pair<std::string, std::uint32_t>> wildcards_;
};

class HostTable {
public:
    explicit HostTable(const config::Config& config);

    // The candidates for connections to this address, as inet_ntop writes it, and port: ask once
    // per connection. Lives as long as the table.
    [[nodiscard]] const HostNames& at(std::string_view address, std::uint16_t port) const;

    [[nodiscard]] std::uint32_t find(
        std::string_view address, std::uint16_t port, std::string_view authority
    ) const {
        return at(address, port).find(authority);
    }

private:
    struct Port {
        std::uint16_t number = 0;  // 0 is any
        HostNames names;
    };
    using Ports = std::vector<Port>;

    void add(std::string_view address, const config::VirtualHost& host);
    [[nodiscard]] const HostNames* find_port(std::string_view address, std::uint16_t port) const;

    HostNames main_{0};
    std::unordered_map<std::string, Ports, NameHash, NameEqual>
        addresses_;  // "" is "*" and "_default_"
};

}  // namespace site
