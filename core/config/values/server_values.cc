#include "core/config/values/server_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/readers.h"

namespace config {
namespace {

VirtualHost& host_of(Scope& scope) { return scope.config.hosts.at(scope.host); }

std::string without_brackets(std::string_view host) {
    return std::string(
        host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host
    );
}

bool looks_like_ipv4(std::string_view text) {
    return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

base::Result<Listener> read_listener(const std::string& text) {
    const auto refused = [] {
        return refuse(
            "expected a port, address:port or [IPv6 address]:port, with a port from 0 to 65535"
        );
    };
    Listener listener;
    auto [host, port, has_port] = split_host_and_port(text);
    if (!has_port) {
        std::swap(host, port);
    }
    const auto number = read_port(port);
    const bool is_any = host == "*" || !has_port;
    const bool is_address = looks_like_ipv4(host) ? is_ipv4(std::string(host)) : is_host_name(host);
    if (!number || (!is_any && !is_address)) {
        return refused();
    }
    listener.host = is_any ? std::string() : without_brackets(host);
    listener.port = *number;
    return listener;
}

// `*`, `_default_`, an IPv4 address or an IPv6 address in brackets; then nothing, `:port` or `:*`.
bool is_virtual_host_address(const std::string& text) {
    const auto [host, port, has_port] = split_host_and_port(text);
    const bool is_host = host == "*" || base::equal_case_blind(host, "_default_") ||
                         is_ipv4(std::string(host)) ||
                         (host.starts_with('[') && is_host_name(host));
    return is_host && (!has_port || port == "*" || read_number(port, 1, 65535).has_value());
}

// Whether a "module:level" of LogLevel means us.
bool is_our_module(std::string_view module) {
    return module == "wsgi" || module == "wsgi_module" || module == "mod_wsgi.c";
}

}  // namespace

base::Result<> apply_listen(Scope& scope, Words words) {
    if (words.size() > 1 && !base::equal_case_blind(words[1], "http")) {
        return refuse(
            fmt::format("the protocol \"{}\" is not implemented; write http or nothing", words[1])
        );
    }
    auto read = read_listener(words[0]);
    if (!read) {
        return refuse(fmt::format("\"{}\": {}", words[0], read.error().what));
    }
    read->place = scope.place;
    for (const auto& other : scope.config.listeners) {
        if (read->port != 0 && other.port == read->port &&
            base::equal_case_blind(other.host, read->host)) {
            return refuse(fmt::format(
                "\"{}\": this address is listened on already, see {}", words[0], other.place.text()
            ));
        }
    }
    scope.config.listeners.push_back(*std::move(read));
    return {};
}

std::vector<std::string> show_listen(const View& view) {
    std::vector<std::string> lines;
    for (const auto& listener : view.config.listeners) {
        const bool is_v6 = listener.host.find(':') != std::string::npos;
        const auto host = is_v6 ? fmt::format("[{}]", listener.host) : listener.host;
        lines.push_back(
            host.empty() ? std::to_string(listener.port) : fmt::format("{}:{}", host, listener.port)
        );
    }
    return lines;
}

base::Result<> apply_server_name(Scope& scope, Words words) {
    // The scheme of "https://host" would count in URLs that name the server; ours are paths.
    std::string_view text = words[0];
    for (const std::string_view scheme : {"http://", "https://"}) {
        text.remove_prefix(text.starts_with(scheme) ? scheme.size() : 0);
    }
    const auto [host, port, has_port] = split_host_and_port(text);
    const auto number = has_port ? read_number(port, 1, 65535) : 0;
    if (!is_host_name(host) || !number) {
        return refuse("expected host or host:port, without wildcards");
    }
    host_of(scope).server_name = std::string(host);
    host_of(scope).server_name_port = static_cast<std::uint16_t>(*number);
    return {};
}

std::vector<std::string> show_server_name(const View& view) {
    const auto& host = view.host;
    if (host.server_name.empty()) {
        return {};
    }
    return {
        host.server_name_port == 0 ? host.server_name
                                   : fmt::format("{}:{}", host.server_name, host.server_name_port)};
}

base::Result<> apply_server_alias(Scope& scope, Words words) {
    for (const auto& word : words) {
        std::string plain = word;
        std::ranges::replace_if(
            plain, [](char c) { return c == '*' || c == '?'; }, 'x'
        );
        if (!is_host_name(plain)) {
            return refuse(fmt::format(
                "\"{}\": expected a host name without port; \"*\" and \"?\" may stand for letters",
                word
            ));
        }
        host_of(scope).server_aliases.push_back(word);
    }
    return {};
}

std::vector<std::string> show_server_alias(const View& view) {
    if (view.host.server_aliases.empty()) {
        return {};
    }
    return {fmt::format("{}", fmt::join(view.host.server_aliases, " "))};
}

// "module:level" speaks about one Apache module. `wsgi:` is us and beats a plain level; the other
// modules do not exist here, so that their words are checked and then say nothing.
base::Result<> apply_log_level(Scope& scope, Words words) {
    std::optional<base::LogLevel> plain;
    std::optional<base::LogLevel> ours;
    for (const auto& word : words) {
        const auto colon = word.rfind(':');
        const auto module =
            std::string_view(word).substr(0, colon == std::string::npos ? 0 : colon);
        const auto level = base::log_level_named(
            std::string_view(word).substr(colon == std::string::npos ? 0 : colon + 1)
        );
        if (!level || colon == 0) {
            return refuse(fmt::format(
                "\"{}\": expected emerg, alert, crit, error, warn, notice, info, debug or trace1 "
                "to trace8, "
                "after \"wsgi:\" if you like",
                word
            ));
        }
        if (module.empty()) {
            plain = level;
        } else if (is_our_module(module)) {
            ours = level;
        }
    }
    if (ours || plain) {
        host_of(scope).settings.log_level = ours ? ours : plain;
    }
    return {};
}

std::vector<std::string> show_log_level(const View& view) {
    const auto& level = view.host.settings.log_level;
    return level ? std::vector{std::string(base::name_of(*level))} : std::vector<std::string>();
}

base::Result<> apply_virtual_host_addresses(Scope& scope, Words words) {
    for (const auto& word : words) {
        if (!is_virtual_host_address(word)) {
            return refuse(fmt::format(
                "\"{}\": expected *, _default_, an IPv4 address or an [IPv6 address], then :port, "
                ":* or nothing; "
                "names belong in ServerName",
                word
            ));
        }
        // Without a port, that of the last Listen before it, as in Apache; any where there is none.
        const auto& listeners = scope.config.listeners;
        const bool has_port = split_host_and_port(word).has_port;
        const auto port = has_port || listeners.empty() ? std::uint16_t{0} : listeners.back().port;
        host_of(scope).addresses.push_back(port == 0 ? word : fmt::format("{}:{}", word, port));
    }
    return {};
}

}  // namespace config
