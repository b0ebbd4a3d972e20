// The directives that are about the text of the configuration itself, one row each. They have no
// value: LineReader does what they say.
#include <algorithm>

#include "core/config/directives/tables.h"

namespace config {
namespace {

constexpr Directive kLanguageDirectives[] = {
    {
        .name = "Define",
        .where = kHosts | kDirectory,
        .arguments = "name [value]",
        .value = {},
        .help = "A name for <IfDefine>, and a value for `${name}`.",
        .example = "Define site /srv/site",
    },
    {
        .name = "Error",
        .where = kHosts | kDirectory,
        .arguments = "text",
        .value = {},
        .help = "Stops with this text; for use in <IfDefine> and its kin.",
        .example = "",
    },
    {
        .name = "Include",
        .where = kHosts | kDirectory,
        .arguments = "file|directory|pattern",
        .value = {},
        .help = "Reads these files here; all files of a directory, in the order of their "
                "names.",
        .example = "",
    },
    {
        .name = "IncludeOptional",
        .where = kHosts | kDirectory,
        .arguments = "file|directory|pattern",
        .value = {},
        .help = "Include that is content with finding nothing.",
        .example = "IncludeOptional /etc/hoopsnake/sites-enabled/*.conf",
    },
    {
        .name = "UnDefine",
        .where = kHosts | kDirectory,
        .arguments = "name",
        .value = {},
        .help = "Forgets a name of Define.",
        .example = "UnDefine site",
    },
    {
        .name = "UndefMacro",
        .where = kHosts | kDirectory,
        .arguments = "name",
        .value = {},
        .help = "Forgets a <Macro>.",
        .example = "<Macro Nothing>\n</Macro>\nUndefMacro Nothing",
    },
    {
        .name = "Use",
        .where = kHosts | kDirectory,
        .arguments = "macro [argument ...]",
        .value = {},
        .help = "Reads the lines of a <Macro> here, with its parameters replaced.",
        .example = "<Macro Log $name>\nErrorLog /var/log/$name.log\n</Macro>\nUse Log site",
    },
};
static_assert(
    std::ranges::is_sorted(kLanguageDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> language_directives() { return kLanguageDirectives; }

}  // namespace config
