// Readers: one word of a configuration file as a checked value. An error says what was expected
// instead of the word. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/text/regex.h"
#include "core/config/language/directive.h"

namespace config {

// Decimal digits only, from `min` to `max`; `unit` is "number" or "number of seconds".
base::Result<std::uint64_t> read_number(
    std::string_view text, std::uint64_t min, std::uint64_t max, std::string_view unit = "number"
);

// On or Off, whatever their case.
base::Result<bool> read_on_off(std::string_view text);

// A port, 0 included.
base::Result<std::uint16_t> read_port(std::string_view text);

// "host", "host:port", "[v6]" or "[v6]:port"; the port is "" where none is written. Brackets stay.
struct HostAndPort {
    std::string_view host;
    std::string_view port;
    bool has_port = false;
};
HostAndPort split_host_and_port(std::string_view text);
// The other way round, of a host without brackets: "host:port" or "[v6]:port".
std::string join_host_and_port(std::string_view host, int port);
// Likewise; "*:port" for all addresses.
std::string host_and_port(const Listener& listener);

// Whether `text` is the literal of an IPv4 address, or of an IPv6 address without brackets.
bool is_ipv4(const std::string& text);
bool is_ipv6(const std::string& text);
bool is_ip_address(const std::string& text);  // either

// Letters, digits, "-", "_" and "."; or an IPv6 address in brackets.
bool is_host_name(std::string_view text);

base::Result<base::Regex> read_regular_expression(
    const std::string& text, bool is_case_blind = false
);

// What goes into heads and pages as it is written has a bound: each client that does not read has
// such a head, or such a page. Of URLs, of types and names of handlers, and of an ErrorDocument's
// text; bytes.
inline constexpr std::size_t kUrlBytesMax = 8192;
inline constexpr std::size_t kTypeBytesMax = 1024;
inline constexpr std::size_t kPageBytesMax = 16384;
// "a URL may have 8192 bytes; this one has 100000"
base::Result<> check_length(std::string_view kind, std::string_view text, std::size_t bytes_max);

// Readers for text<>, see binding.h.
base::Result<std::string> read_word(
    const Scope& scope, const std::string& text
);  // anything but ""
base::Result<std::string> read_path(const Scope& scope, const std::string& text);  // made absolute
base::Result<std::string> read_log_path(
    const Scope& scope, const std::string& text
);  // a file, no pipe, no syslog
base::Result<std::string> read_absolute_path(const Scope& scope, const std::string& text);
base::Result<std::string> read_user(
    const Scope& scope, const std::string& text
);  // a name or #number, not root
// A name or #number, root included.
base::Result<std::string> read_owner(const Scope& scope, const std::string& text);
base::Result<std::string> read_group(const Scope& scope, const std::string& text);
base::Result<std::string> read_group_name(
    const Scope& scope, const std::string& text
);  // process, application group
base::Result<std::string> read_handler(const Scope& scope, const std::string& text);  // "" for None
base::Result<std::string> read_callable(
    const Scope& scope, const std::string& text
);  // a global's name
base::Result<std::vector<std::string>> read_paths(
    const Scope& scope, const std::string& text
);  // separated by ":"

}  // namespace config
