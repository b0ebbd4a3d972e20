#include "core/server/tools/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"
#include "core/config/values/readers.h"
#include "core/server/answer/header_view.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/served/served.h"
#include "core/server/tools/explanation.h"
#include "core/server/tools/host_listing.h"
#include "core/site/map/mapper.h"
#include "core/site/names/host_table.h"
#include "http/parser/parser.h"
#include "http/status.h"

namespace server {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

struct Url {
    bool is_https = false;
    std::string_view authority;
    std::string target;
    std::uint16_t port = kHttpPort;
    bool has_port = false;
};

tl::unexpected<base::Error> wrong(std::string what) {
    return base::fail(base::Fault::kConfig, std::move(what));
}

base::Result<Url> read_url(std::string_view text) {
    Url url;
    const auto scheme_end = text.find("://");
    const auto scheme = text.substr(0, scheme_end);
    url.is_https = base::equal_case_blind(scheme, "https");
    if (scheme_end == std::string_view::npos ||
        (!url.is_https && !base::equal_case_blind(scheme, "http"))) {
        return wrong(
            fmt::format("\"{}\": expected a URL such as http://www.example.com/path?query", text)
        );
    }
    text.remove_prefix(scheme_end + 3);
    text = text.substr(0, text.find('#'));  // clients keep the fragment to themselves
    const auto end = std::min(text.find_first_of("/?"), text.size());
    url.authority = text.substr(0, end);
    const auto target = text.substr(end);
    url.target = target.starts_with('/') ? std::string(target) : fmt::format("/{}", target);
    const auto asked = site::port_in(url.authority);
    url.has_port = asked != 0;
    url.port = url.has_port ? asked : url.is_https ? kHttpsPort : kHttpPort;
    if (url.authority.empty() || url.authority.find('@') != std::string_view::npos) {
        return wrong(fmt::format("\"{}\": expected a host, or host:port", url.authority));
    }
    return url;
}

bool has_line_end(std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
}

// The bytes that a client would send.
base::Result<std::string> head_of(const Question& question, const Url& url) {
    std::string fields;
    bool has_host = false;
    for (const auto& field : question.fields) {
        const auto colon = field.find(':');
        if (colon == std::string::npos || colon == 0 || has_line_end(field)) {
            return wrong(fmt::format("--header \"{}\": expected \"Name: value\"", field));
        }
        has_host |= base::equal_case_blind(std::string_view(field).substr(0, colon), "Host");
        fields += field + "\r\n";
    }
    if (has_line_end(question.method) || has_line_end(url.target)) {
        return wrong("expected a method and a URL without line ends");
    }
    return fmt::format(
        "{} {} HTTP/1.1\r\n{}{}\r\n",
        question.method,
        url.target,
        has_host ? "" : fmt::format("Host: {}\r\n", url.authority),
        fields
    );
}

// Where the connection arrives.
struct Arrival {
    const config::Listener* listener = nullptr;
    std::string address;
    std::uint16_t port = 0;
};

bool is_name_of(const config::VirtualHost& host, std::string_view name) {
    return site::NameEqual()(host.server_name, name) ||
           std::ranges::any_of(host.server_aliases, [&](const auto& alias) {
               return site::matches_wildcard(name, alias);
           });
}

// The address that a virtual host of that name is for: whoever asks for it has found it in the DNS.
std::string address_by_name(const config::Config& config, std::string_view name) {
    for (const auto& host : config.hosts) {
        if (host.index == 0 || !is_name_of(host, name)) {
            continue;
        }
        for (const auto& written : host.addresses) {
            std::string address(site::name_in(written));
            if (address.starts_with('[')) {
                address = address.substr(1, address.size() - 2);
            }
            if (config::is_ip_address(address)) {
                return address;
            }
        }
    }
    return {};
}

std::optional<Arrival> arrive(
    const config::Config& config, const Question& question, const Url& url
) {
    std::string name(site::name_in(url.authority));
    if (name.starts_with('[') && name.ends_with(']')) {
        name = name.substr(1, name.size() - 2);
    }
    const std::string wanted = !question.local.empty()       ? question.local
                               : config::is_ip_address(name) ? name
                                                             : std::string();
    const auto& listeners = config.listeners;
    // An exact port first, then one that the kernel will choose; without a port in the URL any,
    // which is what a proxy in front of the server makes of it.
    for (const bool is_exact : {true, false}) {
        for (const auto& listener : listeners) {
            const bool has_port =
                is_exact ? listener.port == url.port : listener.port == 0 || !url.has_port;
            const bool has_address =
                wanted.empty() || listener.host.empty() || !config::is_ip_address(listener.host) ||
                listener.host == wanted || (!is_exact && !url.has_port && question.local.empty());
            if (!has_port || !has_address) {
                continue;
            }
            std::string address = !wanted.empty() ? wanted
                                  : config::is_ip_address(listener.host)
                                      ? listener.host
                                      : address_by_name(config, name);
            if (address.empty()) {
                address = "127.0.0.1";
            }
            return Arrival{&listener, address, listener.port == 0 ? url.port : listener.port};
        }
    }
    return std::nullopt;
}

std::string why(const config::VirtualHost& host, std::string_view authority) {
    const auto name = site::name_in(authority);
    if (host.index == 0) {
        return "the main server, as no <VirtualHost> is for this address";
    }
    if (!name.empty() && site::NameEqual()(host.server_name, name)) {
        return fmt::format("ServerName {}", host.server_name);
    }
    for (const bool is_wild : {false, true}) {
        for (const auto& alias : host.server_aliases) {
            if ((alias.find_first_of("*?") != std::string::npos) == is_wild && !name.empty() &&
                site::matches_wildcard(name, alias)) {
                return fmt::format(
                    "{}ServerAlias {} of {}", is_wild ? "wild " : "", alias, host.server_name
                );
            }
        }
    }
    return fmt::format(
        "{}, the first of this address, as none of them is called \"{}\"",
        host.server_name.empty() ? "a host without ServerName" : host.server_name,
        name
    );
}

void conclude(const site::Outcome& outcome, const request::Route& route, Explanation& out) {
    using Kind = site::Outcome::Kind;
    if (outcome.kind == Kind::kScript) {
        out.conclude("script", route.script() + " answers");
        out.add("SCRIPT_FILENAME", route.script_filename);
        out.add("SCRIPT_NAME", route.script_name);
        out.add("PATH_INFO", route.path_info);
        out.add("handler", route.handler);
        out.add("process_group", route.process_group);
        out.add("application_group", route.application_group);
        out.add("callable", route.callable);
        out.add("pass_authorization", outcome.pass_authorization ? "On" : "Off");
    } else if (outcome.kind == Kind::kFile) {
        out.conclude("file", outcome.file + " is sent");
        out.add("content_type", outcome.content_type);
        out.add("status", outcome.status);
    } else {
        const bool is_redirect = !outcome.location.empty();
        out.conclude(
            is_redirect             ? "redirect"
            : outcome.status >= 400 ? "error"
                                    : "page",
            fmt::format(
                "{} {}{}{}",
                outcome.status,
                http::reason_phrase(outcome.status),
                outcome.reason.empty() ? "" : ", ",
                outcome.reason
            )
        );
        out.add("status", outcome.status);
        if (is_redirect) {
            out.add("location", outcome.location);
        }
        if (!outcome.body.empty()) {
            out.add("body", outcome.body);
        }
    }
    int number = 0;
    for (const auto& [name, value] : outcome.headers) {
        out.add(fmt::format("header {}", ++number), fmt::format("{}: {}", name, value));
    }
}

// The processes that the script runs in.
void note_processes(const config::Config& config, const request::Route& route, Explanation& out) {
    const auto group =
        std::ranges::find(config.daemon_groups, route.process_group, &config::DaemonGroup::name);
    if (!route.process_group.empty() && group != config.daemon_groups.end()) {
        out.note("process", describe_group(config, *group), &group->place);
        const auto user = user_of(config, &*group);
        out.add("user", user);
        return;
    }
    const auto user = user_of(config, nullptr);
    out.note(
        "process",
        user.empty() ? "embedded in the server's processes, as the user who starts them"
                     : fmt::format("embedded in the server's processes, user {}", user),
        config.user_place.line > 0 ? &config.user_place : nullptr
    );
    out.add("user", user);
}

class NoBody final : public http::BodyReceiver {
public:
    void on_body(base::Bytes) override {}
};

void walk(
    const config::Config& config,
    const Question& question,
    const Arrival& arrival,
    const http::Request& asked,
    Explanation& out
) {
    const site::HostTable table(config);
    const auto& host = config.hosts.at(table.find(arrival.address, arrival.port, asked.authority));
    out.note("host", why(host, asked.authority), &host.place);
    const HeaderView headers(asked.headers);
    site::RequestView request;
    request.host = host.index;
    request.method = asked.method;
    request.target = asked.target;
    request.path = asked.path();
    request.query = asked.query();
    request.authority = asked.authority;
    request.minor = asked.minor;
    request.remote_addr = question.remote;
    request.server_addr = arrival.address;
    request.local_port = arrival.port;
    request.headers = &headers;
    const site::Site site(config);
    site::Mapper mapper(site);
    request::Route route;
    std::string name;  // outlives the request
    if (mapper.map(request, route).kind == site::Outcome::Kind::kRemoteHostWanted) {
        const ClientName found = NameResolver::name_of(question.remote);
        name = found.value_or("");
        out.note(
            "host",
            !found         ? "what " + question.remote + " is called cannot be found out"
            : name.empty() ? question.remote + " has no name that leads back to it"
                           : fmt::format("{} is called {}", question.remote, name),
            nullptr
        );
        request.remote_host = name;
        request.is_remote_host_unknown = !found;
    }
    const auto outcome = mapper.map(request, route, &out);
    conclude(outcome, route, out);
    if (outcome.is_script()) {
        note_processes(config, route, out);
    }
}

}  // namespace

base::Result<std::string> explain(const config::Config& config, const Question& question) {
    const auto url = TRY(read_url(question.url));
    const auto head = TRY(head_of(question, url));
    Explanation out;
    out.note(
        "request",
        fmt::format(
            "{} {} of {}, from {}", question.method, url.target, url.authority, question.remote
        ),
        nullptr
    );
    const auto written = [&] { return question.is_json ? out.json() : out.text(); };
    const auto arrival = arrive(config, question, url);
    if (!arrival) {
        out.conclude("error", fmt::format("nobody listens on port {}", url.port));
        return written();
    }
    out.note(
        "listener",
        fmt::format(
            "arrives at {}, port {}{}{}",
            arrival->address,
            arrival->port,
            arrival->port == url.port ? "" : ", from a proxy, as nobody listens on port ",
            arrival->port == url.port ? "" : std::to_string(url.port)
        ),
        &arrival->listener->place
    );
    if (url.is_https) {
        out.note("listener", "there is no TLS yet: a proxy has ended it", nullptr);
    }
    NoBody body;
    const http::Limits limits = limits_of(config);  // the parser looks at them
    http::Parser parser(limits, body);
    http::Request request;
    base::Bytes bytes(head);
    const auto step = parser.feed(bytes, request);
    if (step != http::Parser::Step::kEnd && step != http::Parser::Step::kHead) {
        const auto& error = parser.error();
        const int status = step == http::Parser::Step::kError ? error.status : 400;
        conclude(
            site::Outcome::page(
                status, step == http::Parser::Step::kError ? error.what : "an incomplete request"
            ),
            {},
            out
        );
        return written();
    }
    walk(config, question, *arrival, request, out);
    return written();
}

}  // namespace server
