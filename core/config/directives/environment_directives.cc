// The directives that set the environment of a request, one row each.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/environment_values.h"

namespace config {
namespace {

constexpr Directive kEnvironmentDirectives[] = {
    {
        .name = "BrowserMatch",
        .where = kAnywhere,
        .arguments = "regex [!]variable[=value] ...",
        .value = {2, kAnyNumber, apply_browser_match, show_browser_match},
        .help = "SetEnvIf on the field `User-Agent`.",
        .example = "BrowserMatch \"^Mozilla/[0-3]\" old_browser",
        .override = override_class::kFileInfo,
    },
    {
        .name = "BrowserMatchNoCase",
        .where = kAnywhere,
        .arguments = "regex [!]variable[=value] ...",
        .value = {2, kAnyNumber, apply_browser_match_no_case, show_browser_match_no_case},
        .help = "BrowserMatch with a case-blind regular expression.",
        .example = "BrowserMatchNoCase robot is_a_robot",
        .override = override_class::kFileInfo,
    },
    {
        .name = "PassEnv",
        .where = kAnywhere,
        .arguments = "variable ...",
        .value = {1, kAnyNumber, apply_pass_env, show_pass_env},
        .help = "Passes variables of the environment that the server was started with; those that "
                "are not there stay unset. In `.htaccess` only those that PassEnv in the server's "
                "configuration passes to that directory are there.",
        .example = "PassEnv PATH",
        .override = override_class::kFileInfo,
    },
    {
        .name = "SetEnv",
        .where = kAnywhere,
        .arguments = "variable [value]",
        .value = {1, 2, apply_set_env, show_set_env},
        .help = "Sets a variable of the environ, after access has been granted. What the server "
                "itself says of a request (`REQUEST_METHOD`, `SCRIPT_NAME` and so on) stays as it "
                "is.",
        .example = "SetEnv DJANGO_SETTINGS_MODULE site.settings",
        .override = override_class::kFileInfo,
    },
    {
        .name = "SetEnvIf",
        .where = kAnywhere,
        .arguments = "attribute regex [!]variable[=value] ...",
        .value = {3, kAnyNumber, apply_set_env_if, show_set_env_if},
        .help = "Sets variables, or with `!` removes them, where the attribute matches. It is "
                "`Remote_Addr`, `Remote_Host` (the address, too), `Server_Addr`, `Request_Method`, "
                "`Request_Protocol`, `Request_URI`, a header field, a regular expression for "
                "names of fields, or a variable that was set before. `$1` to `$9` in a value "
                "stand for what was captured.",
        .example = "SetEnvIf Request_URI \"^/([a-z]+)/\" section=$1",
        .override = override_class::kFileInfo,
    },
    {
        .name = "SetEnvIfExpr",
        .where = kAnywhere,
        .arguments = "expression [!]variable[=value] ...",
        .value = {2, kAnyNumber, apply_set_env_if_expr, show_set_env_if_expr},
        .help = "Sets variables, or with `!` removes them, where the expression holds. `$1` to "
                "`$9` in a value stand for what its last regular expression captured.",
        .example = "SetEnvIfExpr \"tolower(req('X-Mode')) =~ /^(a|b)$/\" mode=$1",
        .override = override_class::kFileInfo,
    },
    {
        .name = "SetEnvIfNoCase",
        .where = kAnywhere,
        .arguments = "attribute regex [!]variable[=value] ...",
        .value = {3, kAnyNumber, apply_set_env_if_no_case, show_set_env_if_no_case},
        .help = "SetEnvIf with a case-blind regular expression.",
        .example = "SetEnvIfNoCase Host example\\.org is_example",
        .override = override_class::kFileInfo,
    },
    {
        .name = "UnsetEnv",
        .where = kAnywhere,
        .arguments = "variable ...",
        .value = {1, kAnyNumber, apply_unset_env, show_unset_env},
        .help = "Takes back what SetEnv or PassEnv has set before or further out.",
        .example = "UnsetEnv DJANGO_SETTINGS_MODULE",
        .override = override_class::kFileInfo,
    },
};
static_assert(
    std::ranges::is_sorted(kEnvironmentDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> environment_directives() { return kEnvironmentDirectives; }

}  // namespace config
