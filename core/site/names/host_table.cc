#include "core/site/names/host_table.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/text/text.h"

namespace site {
namespace {

// Splits "host:port"; the colons of a bracketed IPv6 address are not the one we look for.
std::pair<std::string_view, std::string_view> split(std::string_view authority) {
    const auto bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    return colon == std::string_view::npos
               ? std::pair(authority, std::string_view())
               : std::pair(authority.substr(0, colon), authority.substr(colon + 1));
}

std::uint16_t port_number(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

std::string_view without_final_dot(std::string_view name) {
    return name.size() > 1 && name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

// One character of a pattern and one of a name.
bool fits(char wanted, char c) { return wanted == '?' || base::lower(wanted) == base::lower(c); }

// The address of <VirtualHost> as a key: "" for any, else as inet_ntop writes it.
std::string address_key(std::string_view host) {
    if (!host.starts_with('[')) {
        return host == "*" || NameEqual()(host, "_default_") ? std::string() : std::string(host);
    }
    std::string literal(host.substr(1, host.size() - 2));
    std::array<char, INET6_ADDRSTRLEN> text{};
    in6_addr address{};
    if (inet_pton(AF_INET6, literal.c_str(), &address) != 1) {
        return literal;
    }
    return inet_ntop(AF_INET6, &address, text.data(), text.size());
}

}  // namespace

std::size_t NameHash::operator()(std::string_view name) const {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : name) {
        hash = (hash ^ static_cast<unsigned char>(base::lower(c))) * 0x100000001b3;
    }
    return hash;
}

bool NameEqual::operator()(std::string_view a, std::string_view b) const {
    return base::equal_case_blind(a, b);
}

std::string_view name_in(std::string_view authority) {
    return without_final_dot(split(authority).first);
}

bool has_plain_name(std::string_view authority) {
    constexpr std::size_t kNameMax = 255;
    const auto name = name_in(authority);
    const auto is_plain = [](char c) {
        return base::is_letter_or_digit(c) ||
               std::string_view(".-_:[]").find(c) != std::string_view::npos;
    };
    return name.size() <= kNameMax && std::ranges::all_of(name, is_plain);
}

std::uint16_t port_in(std::string_view authority) { return port_number(split(authority).second); }

// Goes back to the last "*" only, so that the work is bounded by the product of the lengths.
bool matches_wildcard(std::string_view name, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_at = 0;
    while (at < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            star_at = at;
        } else if (in_pattern < pattern.size() && fits(pattern[in_pattern], name[at])) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

void HostNames::add(std::string_view name, std::uint32_t host) {
    const auto plain = without_final_dot(name);
    if (plain.find_first_of("*?") != std::string_view::npos) {
        wildcards_.emplace_back(plain, host);
    } else if (!plain.empty()) {
        exact_.try_emplace(std::string(plain), host);  // the first in the file wins
    }
}

void HostNames::add(const config::VirtualHost& host) {
    add(host.server_name, host.index);
    for (const auto& alias : host.server_aliases) {
        add(alias, host.index);
    }
}

std::uint32_t HostNames::find(std::string_view authority) const {
    const auto name = name_in(authority);
    if (const auto found = exact_.find(name); found != exact_.end()) {
        return found->second;
    }
    for (const auto& [pattern, host] : wildcards_) {
        if (matches_wildcard(name, pattern)) {
            return host;
        }
    }
    return first_;
}

HostTable::HostTable(const config::Config& config) {
    for (const auto& host : config.hosts) {
        for (const auto& address : host.addresses) {
            add(address, host);
        }
    }
}

void HostTable::add(std::string_view address, const config::VirtualHost& host) {
    const auto [name, port] = split(address);
    const std::uint16_t number = port_number(port);  // 0 for "*" and for none
    auto& ports = addresses_[address_key(name)];
    auto found = std::ranges::find(ports, number, &Port::number);
    if (found == ports.end()) {
        found = ports.insert(ports.end(), Port{number, HostNames(host.index)});
    }
    found->names.add(host);
}

const HostNames* HostTable::find_port(std::string_view address, std::uint16_t port) const {
    const auto found = addresses_.find(address);
    if (found == addresses_.end()) {
        return nullptr;
    }
    for (const std::uint16_t wanted : {port, std::uint16_t{0}}) {
        const auto at = std::ranges::find(found->second, wanted, &Port::number);
        if (at != found->second.end()) {
            return &at->names;
        }
    }
    return nullptr;
}

const HostNames& HostTable::at(std::string_view address, std::uint16_t port) const {
    constexpr std::string_view kMappedIPv4 = "::ffff:";  // an IPv4 client of an IPv6 listener
    if (address.starts_with(kMappedIPv4) && address.find('.') != std::string_view::npos) {
        address.remove_prefix(kMappedIPv4.size());
    }
    const auto* own = find_port(address, port);
    const auto* any = own == nullptr ? find_port("", port) : own;
    return any == nullptr ? main_ : *any;
}

}  // namespace site
