#include "core/base/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace base {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

constexpr std::size_t kIpv4At = 12;  // where the bytes of an IPv4 address start
constexpr std::size_t kIpv4FirstBit = 96;

bool is_mapped(const Bytes16& bytes) {
    return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; }) &&
           bytes[10] == 0xff && bytes[11] == 0xff;
}

Address ipv4(const std::array<std::uint8_t, 4>& bytes) {
    Address address;
    address.is_ipv4 = true;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::ranges::copy(bytes, address.bytes.begin() + kIpv4At);
    return address;
}

Bytes16 mask_of(std::size_t bits) {
    Bytes16 mask{};
    for (std::size_t bit = 0; bit < bits; ++bit) {
        mask.at(bit / 8) = static_cast<std::uint8_t>(mask.at(bit / 8) | (0x80U >> (bit % 8)));
    }
    return mask;
}

std::optional<std::size_t> number(std::string_view text, std::size_t max) {
    std::size_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && value <= max ? std::optional(value)
                                                               : std::nullopt;
}

tl::unexpected<Error> no_network(std::string_view text) {
    return fail(
        Fault::kConfig,
        fmt::format(
            "\"{}\": expected an address, the first numbers of an IPv4 address (10.1), or an "
            "address with bits (10.0.0.0/8, 2001:db8::/32) or netmask (10.0.0.0/255.0.0.0)",
            text
        )
    );
}

// "10.1" or "10.1.": the numbers that are there, and their count.
struct Beginning {
    std::array<std::uint8_t, 4> bytes{};
    std::size_t count = 0;
};

std::optional<Beginning> beginning_of(std::string_view text) {
    Beginning out;
    while (!text.empty()) {
        const auto dot = std::min(text.find('.'), text.size());
        const auto value = number(text.substr(0, dot), 255);
        if (!value || out.count == out.bytes.size()) {
            return std::nullopt;
        }
        out.bytes.at(out.count++) = static_cast<std::uint8_t>(*value);
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return out.count == 0 ? std::nullopt : std::optional(out);
}

// What stands behind "/", for the address before it as it was written.
std::optional<Bytes16> read_mask(std::string_view text, bool is_written_as_ipv4) {
    if (is_written_as_ipv4) {
        if (const auto bits = number(text, 32)) {
            return mask_of(kIpv4FirstBit + *bits);
        }
        const auto mask = Address::parse(text);
        if (!mask || !mask->is_ipv4) {
            return std::nullopt;
        }
        auto bytes = mask->bytes;
        std::fill_n(bytes.begin(), kIpv4At, std::uint8_t{0xff});
        return bytes;
    }
    const auto bits = number(text, 128);
    return bits ? std::optional(mask_of(*bits)) : std::nullopt;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    const std::string word(text.substr(0, text.find('%')));
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, word.c_str(), four.data()) == 1) {
        return ipv4(four);
    }
    Address address;
    if (inet_pton(AF_INET6, word.c_str(), address.bytes.data()) != 1) {
        return std::nullopt;
    }
    address.is_ipv4 = is_mapped(address.bytes);
    return address;
}

bool Address::is_loopback() const {
    static constexpr Bytes16 kIpv6Loopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return is_ipv4 ? bytes[kIpv4At] == 127 : bytes == kIpv6Loopback;
}

Network::Network(Address address, const Bytes16& mask) : address_(address), mask_(mask) {
    for (std::size_t i = 0; i < mask_.size(); ++i) {
        address_.bytes.at(i) = static_cast<std::uint8_t>(address_.bytes.at(i) & mask_.at(i));
    }
    // ::ffff:10.0.0.0/104 is about IPv4, ::/0 and ::ffff:0:0/90 are not.
    address_.is_ipv4 =
        is_mapped(address_.bytes) &&
        std::all_of(mask_.begin(), mask_.begin() + kIpv4At, [](auto byte) { return byte == 0xff; });
}

Result<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (slash == std::string_view::npos) {
        if (address && text.find('%') == std::string_view::npos) {
            return Network(*address, mask_of(128));
        }
        const auto beginning = beginning_of(text);
        if (!beginning) {
            return no_network(text);
        }
        return Network(ipv4(beginning->bytes), mask_of(kIpv4FirstBit + 8 * beginning->count));
    }
    const bool is_written_as_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const auto mask = read_mask(text.substr(slash + 1), is_written_as_ipv4);
    if (!address || !mask) {
        return no_network(text);
    }
    return Network(*address, *mask);
}

bool Network::contains(const Address& address) const {
    if (address.is_ipv4 != address_.is_ipv4) {
        return false;
    }
    for (std::size_t i = 0; i < mask_.size(); ++i) {
        if ((address.bytes.at(i) & mask_.at(i)) != address_.bytes.at(i)) {
            return false;
        }
    }
    return true;
}

bool looks_like_address(std::string_view text) {
    const auto is_of_address = [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '/' || c == ':';
    };
    return text.find(':') != std::string_view::npos ||
           (!text.empty() && std::ranges::all_of(text, is_of_address)) ||
           (!text.empty() && text.find('/') != std::string_view::npos);
}

}  // namespace base
