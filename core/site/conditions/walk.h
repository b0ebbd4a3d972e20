// A Walk: one request on its way through the configuration, as far as it has come. The phases
// (mapper.h) change it in order; conditions, rewriting and access look at it. One thread; lives for
// one request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/expression/server_variables.h"
#include "core/config/model/config.h"
#include "core/request/variables.h"

namespace site {

// What the log says where a request has used up the time that it has for all of its rules.
inline constexpr std::string_view kRulesTakeTooLong =
    "all rules of this request together take too long";

// The header fields of a request, without knowing http.
class HeaderFields {
public:
    virtual ~HeaderFields() = default;
    // The value of the field called `name`, case-blind; repeated fields are one list ("a, b").
    [[nodiscard]] virtual std::optional<std::string> find(std::string_view name) const = 0;
    // Field number `index`, in the order in which they came; null name behind the last.
    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual std::pair<std::string_view, std::string_view> at(std::size_t index
    ) const = 0;
};

// What is asked; never changes. Views live as long as the walk.
struct RequestView {
    std::uint32_t host = 0;      // index into config::Config::hosts, from HostTable
    std::string_view method;     // as sent
    std::string_view target;     // as sent: REQUEST_URI
    std::string_view path;       // the target's path as sent, without query
    std::string_view query;      // without "?"
    std::string_view authority;  // the Host field or the target's authority; may be empty
    int minor = 1;               // HTTP/1.minor
    bool is_https = false;
    std::string_view remote_addr;
    std::uint16_t remote_port = 0;
    // The name of remote_addr, looked up both ways: "" where it has none, nothing where nobody has
    // looked.
    std::optional<std::string_view> remote_host;
    // Somebody has looked, and could not find it out: what depends on it is not decided.
    bool is_remote_host_unknown = false;
    std::string_view server_addr;
    std::uint16_t local_port = 80;  // where the connection arrived
    std::string_view request_id;    // may be empty
    // Who was to answer could not: the status that the client gets, whose ErrorDocument is wanted;
    // 0 where nobody has tried.
    int failure = 0;
    bool is_measured = false;  // what it costs is of interest
    const HeaderFields* headers = nullptr;
};

struct Walk {
    // What the phases have begun with. SetEnvIf looks at a request once, and again after an
    // internal redirect; but not where DirectoryIndex or FallbackResource has another name for it,
    // as in Apache.
    enum class Beginning : std::uint8_t { kRequest, kInternalRedirect, kOtherName };

    const RequestView* request = nullptr;
    const config::Config* config = nullptr;
    const config::VirtualHost* host = nullptr;

    std::string uri;        // the path that is mapped: decoded, normalised; rewriting changes it
    std::string query;      // likewise; starts as the request's
    std::string filename;   // "" before it is translated
    std::string path_info;  // what of the path lies behind the file; "" before the directory walk
    std::string handler;    // "" before it is known
    std::string content_type;        // RewriteRule [T=]; "" leaves it to the file's name
    std::string remote_user;         // "" as long as nobody has logged in
    request::Variables environment;  // SetEnv, SetEnvIf, RewriteRule [E=]
    int redirect_status = 200;  // REDIRECT_STATUS: the status that an ErrorDocument is shown for
    bool is_subrequest = false;
    Beginning beginning = Beginning::kRequest;
    // Gets the names of the header fields that conditions in the configuration have looked at, so
    // that caches can be told (Vary). Null: nobody wants them.
    std::vector<std::string>* vary = nullptr;
};

// Adds the name of a field that the answer depends on, once. Not Host, which is part of the
// question (RFC 9110 section 7.2); and nothing that cannot be a field: a client may have made it
// up, as for req(%{QUERY_STRING}).
void add_varying(std::string_view field, std::vector<std::string>& vary);

// The value of %{name} in an expression or a RewriteCond: server variables (REQUEST_URI,
// HTTP_HOST, …) by both modules' names; nothing for a name that means none. Functions such as
// ENV: and HTTP: are not names.
std::optional<std::string> server_variable(const Walk& walk, std::string_view name);
std::string server_variable(const Walk& walk, config::ServerVariable variable);

// The value of %{HTTP:name}: of a header field, "" where there is none. Host is what the virtual
// host was chosen by: the target's authority takes its place (RFC 9112 section 3.2.2).
std::string field_value(const RequestView& request, std::string_view name);

}  // namespace site
