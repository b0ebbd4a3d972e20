// The directives that lead from a URL to whoever answers it, one row each.
#include <algorithm>

#include "core/config/binding.h"
#include "core/config/tables.h"

namespace config {
namespace {

constexpr Directive kDirectives[] = {
    {
        .name = "SetHandler",
        .where = kAnywhere,
        .arguments = "handler|None",
        .value = text<&DirectorySettings::handler, read_handler>,
        .help = "Who answers all requests of the section: `wsgi-script`, or the name of a "
                "WSGIHandlerScript.",
        .example = "SetHandler wsgi-script",
        .override = override_class::kFileInfo,
    },
};
static_assert(std::ranges::is_sorted(kDirectives, {}, &Directive::name), "keep the rows in order");

}  // namespace

std::span<const Directive> mapping_directives() { return kDirectives; }

}  // namespace config
