// The directives that are about the text of the configuration itself, one row each. Of a value they
// have the number of words: LineReader does what they say.
#include <algorithm>

#include "core/config/directives/tables.h"

namespace config {
namespace {

constexpr Directive kLanguageDirectives[] = {
    {
        .name = "Define",
        .where = kHosts | kDirectory,
        .arguments = "name [value]",
        .value = {1, 2},
        .help = "A name for <IfDefine>, and a value for `${name}`.",
        .example = "Define site /srv/site",
    },
    {
        .name = "Error",
        .where = kHosts | kDirectory,
        .arguments = "text",
        .value = {1, kRestOfLine},
        .help = "Stops with this text; for use in <IfDefine> and its kin.",
        .example = "<IfDefine Staging>\nError there is no staging any more\n</IfDefine>",
    },
    {
        .name = "Include",
        .where = kHosts | kDirectory,
        .arguments = "file|directory|pattern",
        .value = {},
        .help = "Reads these files here; all files of a directory, in the order of their "
                "names.",
        .example = "<IfFile /etc/hoopsnake/site.conf>\nInclude /etc/hoopsnake/site.conf\n</IfFile>",
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
        .value = {1, kAnyNumber},
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
