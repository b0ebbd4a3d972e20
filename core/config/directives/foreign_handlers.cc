#include "core/config/directives/foreign_handlers.h"

#include <algorithm>

#include "core/base/text/text.h"

namespace config {
namespace {

constexpr std::string_view kOurType = "application/x-httpd-wsgi";

// With "*" at its end: whatever starts so.
constexpr std::string_view kElsewhere[] = {
    "application/x-httpd-*",
    "balancer-manager",
    "caldav",
    "cgi-script",
    "fastcgi-script",
    "fcgid-script",
    "imap-file",
    "isapi-handler",
    "jakarta-servlet",
    "ldap-status",
    "lua-script",
    "mod_python",
    "perl-script",
    "php-script",
    "php3-script",
    "php4-script",
    "php5-script",
    "php7-script",
    "php8-script",
    "proxy-server",
    "proxy:*",
    "python-program",
    "ruby-object",
    "send-as-is",
    "server-info",
    "server-parsed",
    "server-status",
    "text/x-server-parsed-html*",
};

bool is_meant_by(std::string_view name, std::string_view entry) {
    if (!entry.ends_with('*')) {
        return base::equal_case_blind(name, entry);
    }
    entry.remove_suffix(1);
    return base::equal_case_blind(name.substr(0, entry.size()), entry);
}

}  // namespace

HandlerMeaning meaning_of_handler(std::string_view name) {
    if (name == "wsgi-script" || name == "default-handler" || is_meant_by(name, kOurType)) {
        return HandlerMeaning::kOurs;
    }
    if (base::equal_case_blind(name, "type-map") ||
        base::equal_case_blind(name, "application/x-type-map")) {
        return HandlerMeaning::kNegotiation;
    }
    const bool is_known = std::ranges::any_of(kElsewhere, [name](std::string_view entry) {
        return is_meant_by(name, entry);
    });
    return is_known ? HandlerMeaning::kElsewhere : HandlerMeaning::kUnknown;
}

bool is_run_elsewhere(std::string_view handler_or_type) {
    // Parameters of a media type.
    const auto name = handler_or_type.substr(0, handler_or_type.find_first_of("; "));
    const auto meaning = meaning_of_handler(name);
    return meaning == HandlerMeaning::kElsewhere || meaning == HandlerMeaning::kNegotiation;
}

}  // namespace config
