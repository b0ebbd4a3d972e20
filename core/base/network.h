// Addresses and networks of IPv4 and IPv6, as they stand in access rules. Parsed when the
// configuration is read. An IPv4 address that is written as an IPv6 one (::ffff:10.0.0.1) is the
// IPv4 address. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace base {

// The bytes of an address; of IPv4 the last four, behind ::ffff.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    bool is_ipv4 = false;

    // Nothing for what is no address. A zone ("fe80::1%eth0") does not count.
    static std::optional<Address> parse(std::string_view text);
    [[nodiscard]] bool is_loopback() const;
    bool operator==(const Address&) const = default;
};

class Network {
public:
    // An address; the first numbers of an IPv4 address ("10.1"); an address with the number of its
    // bits ("10.0.0.0/8") or, of IPv4, with a mask ("10.0.0.0/255.0.0.0"). The error says what was
    // expected.
    static Result<Network> parse(std::string_view text);

    [[nodiscard]] bool contains(const Address& address) const;

private:
    Network(Address address, const std::array<std::uint8_t, 16>& mask);

    Address address_;
    std::array<std::uint8_t, 16> mask_;
};

// Whether `text` starts like an address, and not like the name of a host.
bool looks_like_address(std::string_view text);

}  // namespace base
