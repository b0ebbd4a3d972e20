// The values of server variables: %{REQUEST_URI}, %{HTTP_HOST}, %{TIME_YEAR} and their kin.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "core/base/system/local_time.h"
#include "core/base/text/text.h"
#include "core/config/expression/server_variables.h"
#include "core/site/conditions/walk.h"
#include "core/site/names/host_table.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

using config::ServerVariable;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

// SERVER_NAME and SERVER_PORT follow the Host field, as with UseCanonicalName Off.
std::string server_name(const Walk& walk) {
    const auto asked = name_in(walk.request->authority);
    return base::lower_case(asked.empty() ? std::string_view(walk.host->server_name) : asked);
}

std::uint16_t server_port(const Walk& walk) {
    const auto asked = port_in(walk.request->authority);
    const auto port = asked != 0 ? asked : walk.host->server_name_port;
    const auto usual = walk.request->is_https ? kHttpsPort : kHttpPort;
    return port != 0 ? port : usual;
}

std::string_view scheme(const Walk& walk) { return walk.request->is_https ? "https" : "http"; }

std::string protocol(const Walk& walk) { return fmt::format("HTTP/1.{}", walk.request->minor); }

// The path before anybody has rewritten it.
std::string asked_path(const Walk& walk) {
    std::string path;
    return normalise(walk.request->path, path) == PathVerdict::kFine ? path : walk.uri;
}

// The address that the client would use: what mod_rewrite leaves in SCRIPT_URI.
std::string script_uri(const Walk& walk) {
    const auto port = server_port(walk);
    const bool is_usual = port == (walk.request->is_https ? kHttpsPort : kHttpPort);
    return fmt::format(
        "{}://{}{}{}",
        scheme(walk),
        server_name(walk),
        is_usual ? std::string() : fmt::format(":{}", port),
        asked_path(walk)
    );
}

bool is_ipv6(std::string_view address) {
    return address.find(':') != std::string_view::npos && !address.starts_with("::ffff:");
}

// The local time, as strftime writes it.
std::string now(const char* format) {
    const std::tm local = base::local_time(std::time(nullptr));
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

// Until the directory walk, the file's name is the path.
const std::string& filename(const Walk& walk) {
    return walk.filename.empty() ? walk.uri : walk.filename;
}

std::string time_value(ServerVariable variable) {
    switch (variable) {
        case ServerVariable::kTimeDay:
            return now("%d");
        case ServerVariable::kTimeHour:
            return now("%H");
        case ServerVariable::kTimeMinute:
            return now("%M");
        case ServerVariable::kTimeMonth:
            return now("%m");
        case ServerVariable::kTimeSecond:
            return now("%S");
        case ServerVariable::kTimeWeekday:
            return now("%w");
        case ServerVariable::kTimeYear:
            return now("%Y");
        default:
            return now("%Y%m%d%H%M%S");
    }
}

std::string request_value(const Walk& walk, ServerVariable variable) {
    const RequestView& request = *walk.request;
    if (const auto field = config::field_of(variable); !field.empty()) {
        return field_value(request, field);
    }
    switch (variable) {
        case ServerVariable::kHttps:
            return request.is_https ? "on" : "off";
        case ServerVariable::kIpv6:
            return is_ipv6(request.remote_addr) ? "on" : "off";
        case ServerVariable::kConnectionRemoteAddr:
        case ServerVariable::kRemoteAddr:
        case ServerVariable::kRemoteHost:
            return std::string(request.remote_addr);
        case ServerVariable::kRemotePort:
            return fmt::to_string(request.remote_port);
        case ServerVariable::kRequestLogId:
            return std::string(request.request_id);
        case ServerVariable::kRequestMethod:
            return std::string(request.method);
        case ServerVariable::kServerAddr:
            return std::string(request.server_addr);
        case ServerVariable::kTheRequest:
            return fmt::format("{} {} {}", request.method, request.target, protocol(walk));
        default:
            return time_value(variable);
    }
}

std::string value(const Walk& walk, ServerVariable variable) {
    switch (variable) {
        case ServerVariable::kAuthType:
        case ServerVariable::kConnectionLogId:
        case ServerVariable::kContextPrefix:
        case ServerVariable::kRemoteIdent:
            return {};
        case ServerVariable::kContextDocumentRoot:
        case ServerVariable::kDocumentRoot:
            return walk.host->document_root;
        case ServerVariable::kDocumentUri:
        case ServerVariable::kRequestUri:
            return walk.uri;
        case ServerVariable::kHandler:
            return walk.handler;
        case ServerVariable::kHttp2:
            return "off";
        case ServerVariable::kIsSubrequest:
            return walk.is_subrequest ? "true" : "false";
        case ServerVariable::kPathInfo:
            return walk.path_info;
        case ServerVariable::kQueryString:
            return walk.query;
        case ServerVariable::kRemoteUser:
            return walk.remote_user;
        case ServerVariable::kRequestFilename:
        case ServerVariable::kScriptFilename:
            return filename(walk);
        case ServerVariable::kRequestScheme:
            return std::string(scheme(walk));
        case ServerVariable::kRequestStatus:
            return fmt::to_string(walk.redirect_status);
        case ServerVariable::kScriptUri:
            return script_uri(walk);
        case ServerVariable::kScriptUrl:
            return asked_path(walk);
        case ServerVariable::kServerAdmin:
            return walk.host->server_admin.empty() ? "[no address given]" : walk.host->server_admin;
        case ServerVariable::kServerName:
            return server_name(walk);
        case ServerVariable::kServerPort:
            return fmt::to_string(server_port(walk));
        case ServerVariable::kServerProtocol:
            return protocol(walk);
        case ServerVariable::kServerSoftware:
            return "Hoopsnake/" HOOPSNAKE_VERSION;
        default:
            return request_value(walk, variable);
    }
}

}  // namespace

std::string server_variable(const Walk& walk, ServerVariable variable) {
    return value(walk, variable);
}

std::optional<std::string> server_variable(const Walk& walk, std::string_view name) {
    const auto variable = config::find_server_variable(name);
    return variable ? std::optional(value(walk, *variable)) : std::nullopt;
}

void add_varying(std::string_view field, std::vector<std::string>& vary) {
    constexpr std::size_t kLongest = 100;  // of those that exist
    constexpr std::size_t kNamesMax = 64;
    if (!vary.empty() && vary.front() == "*") {
        return;
    }
    const auto is_in_token = [](char c) {  // RFC 9110 section 5.6.2
        return base::is_letter_or_digit(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    const auto is_field = [&](const std::string& known) {
        return base::equal_case_blind(known, field);
    };
    if (!field.empty() && field.size() <= kLongest && std::ranges::all_of(field, is_in_token) &&
        !base::equal_case_blind(field, "Host") && std::ranges::none_of(vary, is_field)) {
        vary.emplace_back(field);
        if (vary.size() > kNamesMax) {
            vary.assign(1, "*");  // RFC 9110 section 12.5.5: caches know no other request for it
        }
    }
}

std::string field_value(const RequestView& request, std::string_view name) {
    if (base::equal_case_blind(name, "Host")) {
        return std::string(request.authority);
    }
    return request.headers == nullptr ? std::string()
                                      : request.headers->find(name).value_or(std::string());
}

}  // namespace site
