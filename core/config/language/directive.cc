#include "core/config/language/directive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/base/text/text.h"
#include "core/config/language/line_tokenizer.h"

namespace config {
namespace {

template <class Row>
std::string_view nearest_of(std::string_view misspelt, std::span<const Row> rows) {
    std::vector<std::string_view> names(rows.size());
    std::ranges::transform(rows, names.begin(), &Row::name);
    return base::nearest(misspelt, names);
}

// The directive's own line of its example, without the section around it.
std::string_view example_line(const Directive& directive) {
    const auto line = directive.example.substr(directive.example.rfind(directive.name));
    return line.substr(0, line.find('\n'));
}

// What to write instead of a word that is no option.
std::string suggestion_for(std::string_view word, std::span<const Option> options) {
    const auto equals = word.find('=');
    const auto near = nearest_of(word.substr(0, equals), options);
    const auto hint = near.empty() ? std::string() : fmt::format("; did you mean \"{}=\"?", near);
    return equals == std::string_view::npos
               ? hint + "; options are written name=value, without blanks"
               : hint;
}

std::string option_text(const Option& option, const View& view) {
    const auto lines = option.value.show(view);
    return lines.empty() ? std::string()
                         : fmt::format(" {}={}", option.name, in_quotes(lines.front()));
}

}  // namespace

DirectorySettings& settings_of(Scope& scope) {
    auto index = scope.section;
    if (index == VirtualHost::kNoSection) {
        auto& defaults = scope.config.hosts.at(scope.host).defaults;
        if (defaults == VirtualHost::kNoSection) {
            defaults = static_cast<std::uint32_t>(scope.config.sections.size());
            auto& section = scope.config.sections.emplace_back();
            section.index = defaults;
            section.host = scope.host;
            section.place = scope.place;
        }
        index = defaults;
    }
    return scope.config.sections.at(index).settings;
}

std::string wrong_number_of_words(const Directive& directive, std::size_t given) {
    const auto count = [](int number) {
        static constexpr std::array<std::string_view, 5> kWords = {
            "no", "one", "two", "three", "four"};
        return kWords.at(static_cast<std::size_t>(number));
    };
    const auto [min, max] = std::pair(directive.value.words_min, directive.value.words_max);
    const bool has_no_end = max == kAnyNumber || max == kRestOfLine;
    const auto wanted = has_no_end       ? fmt::format("requires at least {}", count(min))
                        : min == max     ? fmt::format("takes {}", count(min))
                        : min + 1 == max ? fmt::format("takes {} or {}", count(min), count(max))
                                         : fmt::format("takes {} to {}", count(min), count(max));
    return fmt::format(
        "{} argument{}, {}, as in \"{}\"; there {} {}",
        wanted,
        (has_no_end ? min : max) == 1 ? "" : "s",
        directive.arguments,
        example_line(directive),
        given == 1 ? "is" : "are",
        given
    );
}

const Directive* find(std::string_view name) {
    const auto rows = directives();
    const auto row = std::ranges::find_if(rows, [&](const Directive& d) {
        return base::equal_case_blind(d.name, name);
    });
    return row == rows.end() ? nullptr : &*row;
}

std::string_view nearest_directive(std::string_view misspelt) {
    return nearest_of(misspelt, directives());
}

std::string suggest_directive(std::string_view misspelt) {
    const auto near = nearest_directive(misspelt);
    return near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
}

base::Result<> apply_option(
    Scope& scope, const std::string& word, std::span<const Option> options, std::string_view invalid
) {
    const auto equals = word.find('=');
    const auto name = std::string_view(word).substr(0, equals);
    const auto option = std::ranges::find(options, name, &Option::name);
    if (equals == std::string::npos || option == options.end()) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("{}: {}{}", word, invalid, suggestion_for(word, options))
        );
    }
    const std::string text = word.substr(equals + 1);
    const auto applied = option->value.apply(scope, Words(&text, 1));
    if (!applied) {
        const std::string_view joint = option->complaint.empty() ? "" : "; ";
        return base::fail(
            base::Fault::kConfig,
            fmt::format("{}: {}{}{}", word, option->complaint, joint, applied.error().what)
        );
    }
    return {};
}

std::string show_options(const View& view, const View& defaults, std::span<const Option> options) {
    std::string out;
    for (const auto& option : options) {
        const auto text = option_text(option, view);
        if (text != option_text(option, defaults)) {
            out += text;
        }
    }
    return out;
}

}  // namespace config
