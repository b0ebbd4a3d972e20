// The directives of Apache and mod_wsgi that we know and do not have: what a file that holds one is
// told. Constant data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/config/language/directive.h"

namespace config {

struct Foreign {
    enum class Kind : std::uint8_t {
        kLater,        // refused: what it asks for is not there yet
        kMeaningless,  // ignored with one line: nothing here depends on it
        kUnsafe,       // refused, for good
    };
    std::string_view name;
    Kind kind = Kind::kLater;
    std::string_view reason;
};

std::span<const Foreign> foreign_directives();

// Whatever the case of its name; null for one that Apache does not have either.
const Foreign* find_foreign(std::string_view name);

// Whether one that is ignored may stand in .htaccess, too; it may where Apache reads it there.
bool is_ignored_in_htaccess(const Foreign& foreign);

// What to say about a line that holds it.
std::string sentence_about(const Foreign& foreign);

}  // namespace config
