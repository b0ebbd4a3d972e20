// mod_rewrite's directives, one row each.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/rewriting/rewrite_values.h"

namespace config {
namespace {

constexpr Directive kRewriteDirectives[] = {
    {
        .name = "RewriteBase",
        .where = kDirectory | kHtaccess,
        .arguments = "url-path",
        .value = {.apply = apply_rewrite_base, .show = show_rewrite_base},
        .help = "The URL path of the directory, for rules that yield a relative path there; needed "
                "where it is not the directory's path below DocumentRoot.",
        .example = "<Directory /srv/site>\nRewriteBase /site/\n</Directory>",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RewriteCond",
        .where = kAnywhere,
        .arguments = "text pattern [flags]",
        .value = {.words_max = kRestOfLine, .apply = apply_rewrite_cond, .show = show_rewrite_cond},
        .help = "A condition of the next RewriteRule: whether a text with variables matches an "
                "expression, compares (`<`, `=`, `-eq`, ...) or names a file (`-f`, `-d`, `-s`, "
                "`-l`, `-x`); \"!\" in front negates. Flags are NC, OR and NV. `expr \"...\"` "
                "takes a whole expression.",
        .example = "RewriteCond %{HTTP_HOST} !^www\\. [NC]",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RewriteEngine",
        .where = kAnywhere,
        .arguments = "On|Off",
        .value = {.apply = apply_rewrite_engine, .show = show_rewrite_engine},
        .help = "Whether rules are followed.",
        .example = "RewriteEngine On",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RewriteMap",
        .where = kHosts,
        .arguments = "name source",
        .value =
            {.words_min = 2, .words_max = 2, .apply = apply_rewrite_map, .show = show_rewrite_map},
        .help = "A table for `${name:key|default}`: `txt:` or `rnd:` and a text file, which is "
                "read again when it changes and may have 64 MiB, `dbm:` and an SDBM file "
                "(`httxt2dbm -f SDBM`; other "
                "formats, such as Berkeley DB, are not read), or one of `int:toupper`, "
                "`int:tolower`, `int:escape` and `int:unescape`.",
        .example = "RewriteMap groups txt:/etc/hoopsnake/groups.txt",
    },
    {
        .name = "RewriteOptions",
        .where = kAnywhere,
        .arguments = "option ...",
        .value =
            {.words_max = kAnyNumber, .apply = apply_rewrite_options, .show = show_rewrite_options},
        .help = "How rules are inherited (Inherit, InheritBefore, InheritDown, InheritDownBefore, "
                "IgnoreInherit, MergeBase) and what they apply to (AllowAnyURI, AllowNoSlash, "
                "IgnoreContextInfo, LegacyPrefixDocRoot).",
        .example = "RewriteOptions InheritDownBefore",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RewriteRule",
        .where = kAnywhere,
        .arguments = "pattern substitution [flags]",
        .value = {.words_max = kRestOfLine, .apply = apply_rewrite_rule, .show = show_rewrite_rule},
        .help = "Where the path matches the expression and all conditions hold, puts the "
                "substitution in its place; \"-\" leaves it. Flags are those of mod_rewrite, "
                "without P.",
        .example = "RewriteRule ^/old/(.*)$ /new/$1 [R=301,L]",
        .override = override_class::kFileInfo,
    },
};
static_assert(
    std::ranges::is_sorted(kRewriteDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> rewrite_directives() { return kRewriteDirectives; }

}  // namespace config
