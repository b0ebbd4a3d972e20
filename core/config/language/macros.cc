#include "core/config/language/macros.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/language/line_tokenizer.h"

namespace config {

base::Result<Macro> read_macro(Words words) {
    if (words.empty()) {
        return base::fail(
            base::Fault::kConfig, "requires a name, as in \"<Macro Site $name $directory>\""
        );
    }
    Macro macro;
    macro.name = words[0];
    for (const auto& word : words.subspan(1)) {
        const bool has_mark =
            word.size() > 1 && std::string_view("$%@").find(word.front()) != std::string_view::npos;
        if (!has_mark || std::ranges::count(words, word) > 1) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format(
                    "\"{}\": expected a parameter that starts with $, % or @, each one once", word
                )
            );
        }
        macro.parameters.push_back(word);
    }
    return macro;
}

std::optional<std::string> fill_in(const Macro& macro, Words values, std::size_t bytes_max) {
    std::string out;
    for (std::size_t at = 0; at < macro.body.size();) {
        if (out.size() > bytes_max) {
            return std::nullopt;
        }
        const std::string* found = nullptr;
        std::size_t value = 0;
        for (std::size_t i = 0; i < macro.parameters.size(); ++i) {
            const auto& parameter = macro.parameters[i];
            if (macro.body.compare(at, parameter.size(), parameter) == 0 &&
                (found == nullptr || parameter.size() > found->size())) {
                found = &parameter;
                value = i;
            }
        }
        if (found == nullptr) {
            out.push_back(macro.body[at++]);
        } else {
            // One word stays one word.
            const bool is_one = values[value].find_first_of(" \t") == std::string::npos;
            out.append(is_one ? values[value] : in_quotes(values[value]));
            at += found->size();
        }
    }
    return out;
}

}  // namespace config
