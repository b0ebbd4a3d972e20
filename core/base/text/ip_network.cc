#include "core/base/text/ip_network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

namespace base {
namespace {

constexpr std::size_t kIpv4Bytes = 4;

std::optional<std::uint32_t> number_in(std::string_view text, std::uint32_t max) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    const bool is_number = result.ec == std::errc() && result.ptr == end && number <= max;
    return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

bool IpNetwork::read_address(std::string_view text, Address& out) {
    std::array<char, INET6_ADDRSTRLEN + 1> literal{};
    text = text.substr(0, text.find('%'));
    if (text.size() >= literal.size()) {
        return false;
    }
    std::ranges::copy(text, literal.begin());
    out.is_ipv4 = ::inet_pton(AF_INET, literal.data(), out.bytes.data()) == 1;
    if (out.is_ipv4) {
        return true;
    }
    in6_addr address{};
    if (::inet_pton(AF_INET6, literal.data(), &address) != 1) {
        return false;
    }
    std::memcpy(out.bytes.data(), &address, sizeof address);
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        out = Address{{}, true};
        std::copy_n(&address.s6_addr[sizeof address - kIpv4Bytes], kIpv4Bytes, out.bytes.begin());
    }
    return true;
}

// "10", "10.1", "10.1.2", each with or without a final dot.
bool IpNetwork::read_start_of_ipv4(std::string_view text, IpNetwork& out) {
    constexpr std::size_t kBitsOfNumber = 8;
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    std::size_t count = 0;
    for (bool is_last = false; !is_last; ++count) {
        const auto dot = text.find('.');
        const auto number = number_in(text.substr(0, dot), UINT8_MAX);
        if (!number || count == kIpv4Bytes) {
            return false;
        }
        out.address_.bytes.at(count) = static_cast<std::uint8_t>(*number);
        is_last = dot == std::string_view::npos;
        text.remove_prefix(is_last ? text.size() : dot + 1);
    }
    out.address_.is_ipv4 = true;
    out.cover(count * kBitsOfNumber);
    return true;
}

// The number of bits, or the mask as an IPv4 address.
bool IpNetwork::read_mask(std::string_view text, IpNetwork& out) {
    constexpr std::uint32_t kIpv4Bits = 32;
    constexpr std::uint32_t kIpv6Bits = 128;
    if (const auto bits = number_in(text, out.address_.is_ipv4 ? kIpv4Bits : kIpv6Bits)) {
        out.cover(*bits);
        return true;
    }
    Address mask;
    const bool is_mask = out.address_.is_ipv4 && text.find(':') == std::string_view::npos &&
                         read_address(text, mask);
    out.mask_ = mask.bytes;
    return is_mask;
}

void IpNetwork::cover(std::size_t bits) {
    constexpr std::size_t kBitsOfByte = 8;
    for (std::size_t i = 0; i < mask_.size(); ++i) {
        const std::size_t here = std::min(kBitsOfByte, bits - std::min(bits, i * kBitsOfByte));
        mask_.at(i) = static_cast<std::uint8_t>(0xff00U >> here);
    }
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    constexpr std::size_t kAllBits = 128;
    IpNetwork network;
    const auto slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    // A zone names an interface of one machine; a mapped address is written as IPv4.
    const bool is_plain = address.find('%') == std::string_view::npos;
    bool is_fine = is_plain && read_address(address, network.address_) &&
                   network.address_.is_ipv4 == (address.find(':') == std::string_view::npos);
    if (slash != std::string_view::npos) {
        is_fine = is_fine && read_mask(text.substr(slash + 1), network);
    } else if (is_fine) {
        network.cover(kAllBits);
    } else {
        network = IpNetwork();
        is_fine = read_start_of_ipv4(address, network);
    }
    if (!is_fine) {
        return fail(
            Fault::kConfig,
            fmt::format(
                "\"{}\": expected an IP address such as 10.1.2.3 or 2001:db8::1, the first numbers "
                "of one (10.1), or a network such as 10.0.0.0/8, 10.0.0.0/255.0.0.0 or "
                "2001:db8::/32",
                text
            )
        );
    }
    return network;
}

bool IpNetwork::contains(std::string_view address) const {
    Address asked;
    return read_address(address, asked) && contains(asked);
}

bool IpNetwork::contains(const Address& asked) const {
    if (asked.is_ipv4 != address_.is_ipv4) {
        return false;
    }
    const std::size_t size = asked.is_ipv4 ? kIpv4Bytes : asked.bytes.size();
    for (std::size_t i = 0; i < size; ++i) {
        const int difference = asked.bytes.at(i) ^ address_.bytes.at(i);
        if ((difference & mask_.at(i)) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace base
