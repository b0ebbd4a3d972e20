#include "core/config/language/sources.h"

#include <fmt/format.h>

#include <utility>

namespace config {
void Sources::add(Source source) {
    auto& added = sources_.emplace_back(std::move(source));
    added.tokenizer = std::make_unique<LineTokenizer>(added.text, expand_);
}

void Sources::add_file(
    std::string text, std::string name, int depth, std::string at, std::size_t open_sections
) {
    add(
        {std::make_shared<const std::string>(std::move(name)),
         std::move(text),
         nullptr,
         0,
         open_sections,
         depth,
         std::move(at),
         {}}
    );
}

void Sources::add_macro(
    std::string text, const Macro& macro, std::string at, std::size_t open_sections
) {
    add(
        {macro.place.file,
         std::move(text),
         nullptr,
         macro.place.line,
         open_sections,
         depth() + 1,
         std::move(at),
         macro.name}
    );
}

bool Sources::next(Line& line) {
    const auto& source = sources_.back();
    const bool is_there = source.tokenizer->next(line);
    line.number += source.lines_before;
    return is_there;
}

Place Sources::place_of(const Line& line) const { return {sources_.back().name, line.number}; }

std::string Sources::with_macro(const std::string& sentence) const {
    const auto& source = sources_.back();
    return source.macro.empty()
               ? sentence
               : fmt::format(
                     "{} (in the macro {}, used at {})", sentence, source.macro, source.used_at
                 );
}

std::string Sources::circle_of(const Line& line, const std::string& path) const {
    std::string steps;
    int depth_before = depth() + 1;
    for (auto source = sources_.rbegin(); source != sources_.rend(); ++source) {
        if (source->depth == depth_before) {
            continue;  // the same line includes it, and it is still to be read
        }
        depth_before = source->depth;
        if (source->macro.empty() && *source->name == path) {
            const auto last = fmt::format("{} includes {}", place_of(line).text(), path);
            return fmt::format("Include: {} includes itself: {}{}", path, steps, last);
        }
        const bool is_file = source->macro.empty();
        const auto& name = is_file ? *source->name : source->macro;
        const auto* const verb = is_file ? "includes" : "uses";
        steps.insert(0, fmt::format("{} {} {}, ", source->used_at, verb, name));
    }
    return fmt::format("Include: more than {} files within each other", depth());
}

std::size_t Sources::macro_bytes() const {
    std::size_t bytes = 0;
    for (const auto& source : sources_) {
        bytes += source.macro.empty() ? 0 : source.text.size();
    }
    return bytes;
}

}  // namespace config
