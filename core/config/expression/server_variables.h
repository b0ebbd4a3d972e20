// The server variables: what %{NAME} without a colon means in an expression or a RewriteCond.
// Names only; core/site/conditions/server_variable.cc knows the values. Constant data; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace config {

enum class ServerVariable : std::uint8_t {
    kAuthType,
    kConnectionLogId,
    kConnectionRemoteAddr,
    kContextDocumentRoot,
    kContextPrefix,
    kDocumentRoot,
    kDocumentUri,
    kHandler,
    kHttp2,
    kHttpAccept,
    kHttpCookie,
    kHttpForwarded,
    kHttpHost,
    kHttpProxyConnection,
    kHttpReferer,
    kHttpUserAgent,
    kHttps,
    kIpv6,
    kIsSubrequest,
    kPathInfo,
    kQueryString,
    kRemoteAddr,
    kRemoteHost,
    kRemoteIdent,
    kRemotePort,
    kRemoteUser,
    kRequestFilename,
    kRequestLogId,
    kRequestMethod,
    kRequestScheme,
    kRequestStatus,
    kRequestUri,
    kScriptFilename,
    kScriptUri,
    kScriptUrl,
    kServerAddr,
    kServerAdmin,
    kServerName,
    kServerPort,
    kServerProtocol,
    kServerSoftware,
    kTheRequest,
    kTime,
    kTimeDay,
    kTimeHour,
    kTimeMinute,
    kTimeMonth,
    kTimeSecond,
    kTimeWeekday,
    kTimeYear,
};

struct ServerVariableName {
    std::string_view name;
    ServerVariable variable;
};

// All of them, in the order of their names.
std::span<const ServerVariableName> server_variables();

// The one called `name`, whatever its case.
std::optional<ServerVariable> find_server_variable(std::string_view name);

// The header field of the request that a variable is; empty where it is none.
std::string_view field_of(ServerVariable variable);

// Why a variable that Apache has means nothing here; empty for all other names.
std::string_view why_no_server_variable(std::string_view name);

}  // namespace config
