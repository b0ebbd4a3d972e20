#include "core/config/language/directive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/base/text.h"
#include "core/config/language/tokenizer.h"

namespace config {
namespace {

// How many letters to insert, drop, replace or swap with their neighbour (optimal string
// alignment), case-blind.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool is_equal = base::lower(a[i - 1]) == base::lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (is_equal ? 0 : 1)});
            if (i > 1 && j > 1 && base::lower(a[i - 1]) == base::lower(b[j - 2]) &&
                base::lower(a[i - 2]) == base::lower(b[j - 1])) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

template <class Row>
std::string_view nearest_of(std::string_view misspelt, std::span<const Row> rows) {
    std::vector<std::string_view> names(rows.size());
    std::ranges::transform(rows, names.begin(), &Row::name);
    return nearest(misspelt, names);
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

std::string_view nearest(std::string_view misspelt, std::span<const std::string_view> known) {
    constexpr std::size_t kLongestName = 64;
    if (misspelt.size() > kLongestName) {
        return {};
    }
    const std::size_t limit = std::clamp<std::size_t>(misspelt.size() / 3, 1, 3);
    std::string_view best;
    std::size_t best_distance = limit + 1;
    for (const auto name : known) {
        const auto distance = edit_distance(misspelt, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

std::string suggest_directive(std::string_view misspelt) {
    const auto near = nearest_of(misspelt, directives());
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
