#include "core/config/expression/server_variables.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text/text.h"

namespace config {
namespace {

using enum ServerVariable;

constexpr ServerVariableName kServerVariables[] = {
    {"AUTH_TYPE", kAuthType},
    {"CONN_LOG_ID", kConnectionLogId},
    {"CONN_REMOTE_ADDR", kConnectionRemoteAddr},
    {"CONTEXT_DOCUMENT_ROOT", kContextDocumentRoot},
    {"CONTEXT_PREFIX", kContextPrefix},
    {"DOCUMENT_ROOT", kDocumentRoot},
    {"DOCUMENT_URI", kDocumentUri},
    {"HANDLER", kHandler},
    {"HTTP2", kHttp2},
    {"HTTPS", kHttps},
    {"HTTP_ACCEPT", kHttpAccept},
    {"HTTP_COOKIE", kHttpCookie},
    {"HTTP_FORWARDED", kHttpForwarded},
    {"HTTP_HOST", kHttpHost},
    {"HTTP_PROXY_CONNECTION", kHttpProxyConnection},
    {"HTTP_REFERER", kHttpReferer},
    {"HTTP_USER_AGENT", kHttpUserAgent},
    {"IPV6", kIpv6},
    {"IS_SUBREQ", kIsSubrequest},
    {"PATH_INFO", kPathInfo},
    {"QUERY_STRING", kQueryString},
    {"REMOTE_ADDR", kRemoteAddr},
    {"REMOTE_HOST", kRemoteHost},
    {"REMOTE_IDENT", kRemoteIdent},
    {"REMOTE_PORT", kRemotePort},
    {"REMOTE_USER", kRemoteUser},
    {"REQUEST_FILENAME", kRequestFilename},
    {"REQUEST_LOG_ID", kRequestLogId},
    {"REQUEST_METHOD", kRequestMethod},
    {"REQUEST_SCHEME", kRequestScheme},
    {"REQUEST_STATUS", kRequestStatus},
    {"REQUEST_URI", kRequestUri},
    {"SCRIPT_FILENAME", kScriptFilename},
    {"SCRIPT_URI", kScriptUri},
    {"SCRIPT_URL", kScriptUrl},
    {"SERVER_ADDR", kServerAddr},
    {"SERVER_ADMIN", kServerAdmin},
    {"SERVER_NAME", kServerName},
    {"SERVER_PORT", kServerPort},
    {"SERVER_PROTOCOL", kServerProtocol},
    {"SERVER_SOFTWARE", kServerSoftware},
    {"THE_REQUEST", kTheRequest},
    {"TIME", kTime},
    {"TIME_DAY", kTimeDay},
    {"TIME_HOUR", kTimeHour},
    {"TIME_MIN", kTimeMinute},
    {"TIME_MON", kTimeMonth},
    {"TIME_SEC", kTimeSecond},
    {"TIME_WDAY", kTimeWeekday},
    {"TIME_YEAR", kTimeYear},
};
static_assert(
    std::ranges::is_sorted(kServerVariables, {}, &ServerVariableName::name),
    "keep the rows in order"
);

constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
    {"API_VERSION", "there are no Apache modules here"},
    {"CONTENT_TYPE",
     "there is no response yet; the type of what the client sends is %{HTTP:Content-Type}"},
    {"LAST_MODIFIED", "expressions here do not look at files"},
    {"SCRIPT_GROUP", "expressions here do not look at files"},
    {"SCRIPT_USER", "expressions here do not look at files"},
};

}  // namespace

std::span<const ServerVariableName> server_variables() { return kServerVariables; }

std::optional<ServerVariable> find_server_variable(std::string_view name) {
    const auto* const row = std::ranges::find_if(kServerVariables, [&](const auto& known) {
        return base::equal_case_blind(known.name, name);
    });
    return row == std::end(kServerVariables) ? std::nullopt : std::optional(row->variable);
}

std::string_view field_of(ServerVariable variable) {
    switch (variable) {
        case kHttpAccept:
            return "Accept";
        case kHttpCookie:
            return "Cookie";
        case kHttpForwarded:
            return "Forwarded";
        case kHttpHost:
            return "Host";
        case kHttpProxyConnection:
            return "Proxy-Connection";
        case kHttpReferer:
            return "Referer";
        case kHttpUserAgent:
            return "User-Agent";
        default:
            return {};
    }
}

std::string_view why_no_server_variable(std::string_view name) {
    constexpr std::string_view kTls = "SSL_";
    if (base::equal_case_blind(name.substr(0, kTls.size()), kTls)) {
        return "there is no TLS here yet";
    }
    const auto* const row = std::ranges::find_if(kRefused, [&](const auto& refused) {
        return base::equal_case_blind(refused.first, name);
    });
    return row == std::end(kRefused) ? std::string_view() : row->second;
}

}  // namespace config
