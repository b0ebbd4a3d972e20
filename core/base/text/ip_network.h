// A network of IPv4 or IPv6 addresses, as Apache writes it: "10.1.2.3", "10.1", "10.0.0.0/8",
// "10.0.0.0/255.0.0.0", "2001:db8::/32". A value; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace base {

class IpNetwork {
public:
    // The error says what was expected instead. Bits behind the mask may be anything.
    static Result<IpNetwork> parse(std::string_view text);

    using Bytes16 = std::array<std::uint8_t, 16>;

    // An IPv4 address that is written as an IPv6 one ("::ffff:10.1.2.3") is an IPv4 address; a zone
    // ("%eth0") does not matter.
    struct Address {
        Bytes16 bytes{};  // of IPv4 the first four
        bool is_ipv4 = false;
        bool operator==(const Address&) const = default;
    };
    // Whether `text` is one. Who asks many networks reads it once.
    static bool read_address(std::string_view text, Address& out);

    [[nodiscard]] bool contains(const Address& address) const;
    // False for what is no address.
    [[nodiscard]] bool contains(std::string_view address) const;

private:
    static bool read_start_of_ipv4(std::string_view text, IpNetwork& out);
    static bool read_mask(std::string_view text, IpNetwork& out);
    void cover(std::size_t bits);

    Address address_;
    Bytes16 mask_{};
};

}  // namespace base
