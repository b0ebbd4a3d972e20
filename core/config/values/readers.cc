#include "core/config/values/readers.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

tl::unexpected<base::Error> expected(std::string what) {
    return refuse("expected " + std::move(what));
}

bool is_letter_or_digit(char c) { return base::is_letter_or_digit(c); }

// "#1000"; the largest number means "unchanged" to the kernel.
base::Result<std::uint64_t> read_id(std::string_view text) {
    return read_number(text.substr(1), 0, 4294967294);
}

base::Result<std::string> read_account(const std::string& text, const char* wanted) {
    if (!text.starts_with('#')) {
        return text.empty() ? expected(wanted) : base::Result<std::string>(text);
    }
    const auto id = read_id(text);
    return id ? base::Result<std::string>(fmt::format("#{}", *id)) : expected(wanted);
}

}  // namespace

base::Result<std::uint64_t> read_number(
    std::string_view text, std::uint64_t min, std::uint64_t max, std::string_view unit
) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) {
        return expected(fmt::format("a {} from {} to {}", unit, min, max));
    }
    return number;
}

base::Result<bool> read_on_off(std::string_view text) {
    const bool is_on = base::equal_case_blind(text, "On");
    if (!is_on && !base::equal_case_blind(text, "Off")) {
        return refuse("must be one of: Off | On");
    }
    return is_on;
}

base::Result<std::uint16_t> read_port(std::string_view text) {
    return static_cast<std::uint16_t>(TRY(read_number(text, 0, 65535)));
}

HostAndPort split_host_and_port(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) {
        return {text, {}, false};
    }
    return {text.substr(0, colon), text.substr(colon + 1), true};
}

std::string join_host_and_port(std::string_view host, int port) {
    const bool is_v6 = host.find(':') != std::string_view::npos;
    return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

std::string host_and_port(const Listener& listener) {
    return join_host_and_port(listener.host.empty() ? "*" : listener.host, listener.port);
}

bool is_ipv4(const std::string& text) {
    in_addr address{};
    return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
    in6_addr address{};
    return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_ip_address(const std::string& text) { return is_ipv4(text) || is_ipv6(text); }

bool is_host_name(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        return is_ipv6(std::string(text.substr(1, text.size() - 2)));
    }
    const auto is_fine = [](char c) {
        return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, is_fine);
}

base::Result<base::Regex> read_regular_expression(const std::string& text, bool is_case_blind) {
    auto regex = base::Regex::compile(text, is_case_blind);
    if (!regex) {
        return refuse(fmt::format("\"{}\": {}", text, regex.error().what));
    }
    return regex;
}

base::Result<> check_length(std::string_view kind, std::string_view text, std::size_t bytes_max) {
    return text.size() <= bytes_max
               ? base::Result<>()
               : refuse(fmt::format(
                     "{} may have {} bytes; this one has {}", kind, bytes_max, text.size()
                 ));
}

base::Result<std::string> read_word(const Scope& /*scope*/, const std::string& text) {
    if (text.empty()) {
        return expected("a word, not \"\"");
    }
    return text;
}

base::Result<std::string> read_path(const Scope& scope, const std::string& text) {
    if (text.empty()) {
        return expected("a path, not \"\"");
    }
    auto path = text.starts_with('/')
                    ? text
                    : fmt::format("{}/{}", scope.directory == "/" ? "" : scope.directory, text);
    // Sections are looked for by name: "/srv/a/../b" is "/srv/b".
    const bool goes_up = path.find("/./") != std::string::npos ||
                         path.find("/../") != std::string::npos || path.ends_with("/..") ||
                         path.ends_with("/.");
    return goes_up ? std::filesystem::path(path).lexically_normal().string() : path;
}

base::Result<std::string> read_log_path(const Scope& scope, const std::string& text) {
    if (text.starts_with('|')) {
        return expected("a file; logging to a program (\"|...\") is not implemented");
    }
    if (text == "syslog" || text.starts_with("syslog:")) {
        return expected("a file; logging to syslog is not implemented");
    }
    return read_path(scope, text);
}

base::Result<std::string> read_absolute_path(const Scope& /*scope*/, const std::string& text) {
    if (!text.starts_with('/')) {
        return expected("an absolute path");
    }
    return text;
}

base::Result<std::string> read_user(const Scope& /*scope*/, const std::string& text) {
    const std::string_view other_than_root = "the name or #number of a user other than root";
    if (text == "root") {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("WSGI process blocked from running as root; expected {}", other_than_root)
        );
    }
    if (text.empty()) {
        return expected(std::string(other_than_root));
    }
    if (text.front() != '#') {
        return text;
    }
    const auto id = read_id(text);
    if (!id) {
        return expected(std::string(other_than_root));
    }
    if (*id == 0) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("WSGI process blocked from running as root; expected {}", other_than_root)
        );
    }
    return fmt::format("#{}", *id);
}

base::Result<std::string> read_owner(const Scope& /*scope*/, const std::string& text) {
    return read_account(text, "the name or #number of a user");
}

base::Result<std::string> read_group(const Scope& /*scope*/, const std::string& text) {
    return read_account(text, "the name or #number of a group");
}

base::Result<std::string> read_group_name(const Scope& /*scope*/, const std::string& text) {
    if (text.empty()) {
        return expected("a name, %{GLOBAL}, %{SERVER}, %{HOST}, %{RESOURCE} or %{ENV:name}");
    }
    if (text.starts_with("%{ENV:") && (text.size() < 8 || !text.ends_with('}'))) {
        return expected("%{ENV:name}");
    }
    return text;
}

base::Result<std::string> read_callable(const Scope& /*scope*/, const std::string& text) {
    if (text.empty()) {
        return expected("the name of a global of the script, such as \"application\"");
    }
    const bool is_variable = text.starts_with("%{ENV:") && text.ends_with('}') && text.size() > 7;
    if (text.starts_with('%') && !is_variable) {
        return expected("the name of a global of the script, or %{ENV:name}");
    }
    return text;
}

base::Result<std::vector<std::string>> read_paths(const Scope& scope, const std::string& text) {
    std::vector<std::string> paths;
    for (std::size_t start = 0; start <= text.size();) {
        const auto end = std::min(text.find(':', start), text.size());
        if (end == start) {
            return expected("directories separated by \":\"");
        }
        paths.push_back(TRY(read_path(scope, text.substr(start, end - start))));
        start = end + 1;
    }
    return paths;
}

}  // namespace config
