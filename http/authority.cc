#include "http/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "http/characters.h"

namespace http {

namespace {

constexpr std::size_t kAuthorityBytesMax = 255;

// `*DIGIT` (RFC 3986 section 3.2.3), held to what a port can be.
bool is_valid_port(std::string_view port) {
    constexpr std::size_t kPortDigitsMax = 5;
    constexpr unsigned kPortMax = 65535;
    unsigned number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    return port.size() <= kPortDigitsMax && are_all(Class::kDigit, port) && number <= kPortMax;
}

bool is_valid_registered_name(std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (is(Class::kHost, name[i])) {
            continue;
        }
        const bool is_encoded =
            name[i] == '%' && name.size() - i > 2 && are_all(Class::kHex, name.substr(i + 1, 2));
        if (!is_encoded) {
            return false;
        }
        i += 2;
    }
    return true;
}

bool is_ipv6_address(std::string_view address) {
    char text[INET6_ADDRSTRLEN] = {};
    in6_addr parsed{};
    if (address.size() >= sizeof text || address.find('\0') != std::string_view::npos) {
        return false;
    }
    std::copy(address.begin(), address.end(), text);
    return inet_pton(AF_INET6, text, &parsed) == 1;
}

}  // namespace

bool is_valid_authority(std::string_view authority) {
    if (authority.size() > kAuthorityBytesMax) {
        return false;
    }
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos || !is_ipv6_address(authority.substr(1, close - 1))) {
            return false;
        }
        const std::string_view rest = authority.substr(close + 1);
        return rest.empty() || (rest.front() == ':' && is_valid_port(rest.substr(1)));
    }
    const std::size_t colon = authority.find(':');
    return is_valid_registered_name(authority.substr(0, colon)) &&
           (colon == std::string_view::npos || is_valid_port(authority.substr(colon + 1)));
}

}  // namespace http
