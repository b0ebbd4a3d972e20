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

    // Whether `address` is in it; false for what is no address. An IPv4 address that is written as
    // an IPv6 one ("::ffff:10.1.2.3") is an IPv4 address; a zone ("%eth0") does not matter.
    [[nodiscard]] bool contains(std::string_view address) const;

private:
    using Bytes16 = std::array<std::uint8_t, 16>;

    struct Address {
        Bytes16 bytes{};  // of IPv4 the first four
        bool is_ipv4 = false;
    };

    // Whether `text` is one.
    static bool read_address(std::string_view text, Address& out);
    static bool read_start_of_ipv4(std::string_view text, IpNetwork& out);
    static bool read_mask(std::string_view text, IpNetwork& out);
    void cover(std::size_t bits);

    Address address_;
    Bytes16 mask_{};
};

}  // namespace base
