// The opening lines of sections: <Directory>, <Files>, <Location>, their Match forms, and <If> with
// its branches. Pure functions; any thread.
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/model/section.h"

namespace config {

// One name of a section that holds settings.
struct SectionName {
    std::string_view name;
    SectionKind kind = SectionKind::kServer;
    bool is_match = false;  // the argument is a regular expression
    std::string_view example;
};

// Null for a name that is none of them; whatever its case.
const SectionName* find_section(std::string_view name);
std::span<const SectionName> section_names();

// Whether a section of kind `inner` may stand in one of kind `outer`.
bool may_contain(SectionKind outer, SectionKind inner);

// The pattern or condition of `line` as a section. The error is a sentence about the section.
base::Result<Section> read_section(const SectionName& name, const Line& line, Author author);

// The name that a section was opened with, for messages.
std::string_view name_of(const Section& section);

// Components of a directory's path: "/" has none, "/srv/www" two.
std::size_t depth_of(std::string_view path);

}  // namespace config
