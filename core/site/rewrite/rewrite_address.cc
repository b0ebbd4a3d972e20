#include "core/site/rewrite/rewrite_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/base/text/text.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

struct KnownScheme {
    std::string_view text;
    bool has_query;
};

constexpr KnownScheme kSchemes[] = {
    {"ajp://", true},
    {"balancer://", true},
    {"fcgi://", true},
    {"ftp://", false},
    {"gopher://", false},
    {"h2://", true},
    {"h2c://", true},
    {"http://", true},
    {"https://", true},
    {"ldap://", false},
    {"mailto:", true},
    {"news:", false},
    {"nntp://", false},
    {"scgi://", true},
    {"ws://", true},
    {"wss://", true},
};

bool is_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

void append_escaped(char c, std::string& out) {
    fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
}

// "*" stands for any bytes, "?" for one.
bool matches_wildcard(std::string_view pattern, std::string_view name) {
    std::size_t star = std::string_view::npos;
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t retry = 0;
    const auto fits = [&] {
        return p < pattern.size() &&
               (pattern[p] == '?' || base::equal_case_blind(pattern.substr(p, 1), name.substr(n, 1))
               );
    };
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
        } else if (fits()) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_name_of(const config::VirtualHost& host, std::string_view name) {
    return base::equal_case_blind(host.server_name, name) ||
           std::ranges::any_of(host.server_aliases, [&](const auto& alias) {
               return matches_wildcard(alias, name);
           });
}

}  // namespace

Scheme scheme_of(std::string_view text) {
    const auto* const known = std::ranges::find_if(kSchemes, [&](const auto& scheme) {
        return base::equal_case_blind(text.substr(0, scheme.text.size()), scheme.text);
    });
    return known == std::end(kSchemes) ? Scheme() : Scheme{known->text.size(), known->has_query};
}

bool has_controls(std::string_view text) { return std::ranges::any_of(text, is_control); }

std::string without_controls(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_control(c)) {
            append_escaped(c, out);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

std::string escaped_path(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (is_plain_in_path(c)) {
            out.push_back(c);
        } else {
            append_escaped(c, out);
        }
    }
    return out;
}

std::string as_location(std::string_view url, bool is_unescaped) {
    const auto scheme = scheme_of(url).size;
    auto start = scheme;
    if (scheme > 0 && url[scheme - 1] == '/') {
        start = std::min(url.find('/', scheme), url.size());  // behind the host
    }
    return without_controls(url.substr(0, start)) +
           (is_unescaped ? without_controls(url.substr(start)) : escaped_path(url.substr(start)));
}

std::string own_origin(const Walk& walk) {
    const bool is_https = walk.request->is_https;
    const auto name = server_variable(walk, "SERVER_NAME").value_or("");
    const auto port = server_variable(walk, "SERVER_PORT").value_or("");
    const bool is_usual = port.empty() || port == (is_https ? "443" : "80");
    return fmt::format(
        "{}://{}{}{}", is_https ? "https" : "http", name, is_usual ? "" : ":", is_usual ? "" : port
    );
}

std::optional<std::string_view> reduced(std::string_view url, const Walk& walk) {
    const std::string_view scheme = walk.request->is_https ? "https://" : "http://";
    if (!base::equal_case_blind(url.substr(0, scheme.size()), scheme)) {
        return std::nullopt;
    }
    const auto rest = url.substr(scheme.size());
    const auto authority = rest.substr(0, rest.find('/'));
    const auto host = authority.substr(0, authority.rfind(':'));
    unsigned port = walk.request->is_https ? 443 : 80;
    if (host.size() < authority.size()) {
        const auto digits = authority.substr(host.size() + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), port);
        if (error != std::errc() || end != digits.data() + digits.size()) {
            return std::nullopt;
        }
    }
    if (walk.host->server_name_port != port || !is_name_of(*walk.host, host)) {
        return std::nullopt;
    }
    return authority.size() == rest.size() ? std::string_view("/") : rest.substr(authority.size());
}

std::optional<std::string> resolved(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const auto end = std::min(path.find('/'), path.size());
        const auto segment = path.substr(0, end);
        const bool is_last = end == path.size();
        path.remove_prefix(end);
        if (segment == "..") {
            if (out.empty()) {
                return std::nullopt;
            }
            out.resize(out.rfind('/'));
        } else if (!segment.empty() && segment != ".") {
            out.append("/").append(segment);
        }
        if (is_last && (segment.empty() || segment == "." || segment == "..")) {
            out.push_back('/');
        }
    }
    return out.empty() ? "/" : out;
}

std::optional<std::string> moved(
    std::string_view path, std::string_view from, std::string_view to
) {
    from.remove_suffix(from.ends_with('/') ? 1 : 0);
    if (!path.starts_with(from) || path.substr(from.size(), 1) != "/") {
        return std::nullopt;
    }
    to.remove_suffix(to.ends_with('/') ? 1 : 0);
    return fmt::format("{}{}", to, path.substr(from.size()));
}

}  // namespace site
