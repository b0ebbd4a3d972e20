#include "core/base/text/glob.h"

#include <cstddef>

#include "core/base/text/effort.h"
#include "core/base/text/text.h"

namespace base {
namespace {

constexpr std::size_t kStepsMax = 400'000;
constexpr auto kNone = std::string_view::npos;

bool is_between(char first, char c, char last) {
    const auto number = [](char x) { return static_cast<unsigned char>(x); };
    return number(first) <= number(c) && number(c) <= number(last);
}

// One character of a pattern, or one set.
struct Element {
    std::size_t end = 0;  // behind it, in the pattern
    bool fits = false;
};

class Pattern {
public:
    Pattern(std::string_view text, GlobRules rules) : text_(text), rules_(rules) {}

    [[nodiscard]] bool is_star(std::size_t at) const {
        return at < text_.size() && text_[at] == '*';
    }
    [[nodiscard]] std::size_t size() const { return text_.size(); }

    // What stands at `at`, which is no star and not the end, against `c`. Adds to `steps`.
    [[nodiscard]] Element compare(std::size_t at, char c, std::size_t& steps) const {
        ++steps;
        if (text_[at] == '[') {
            const Element set = compare_set(at, c, steps);
            if (set.end != kNone) {
                return set;
            }
        }
        if (text_[at] == '?') {
            return {at + 1, !(rules_.is_path && c == '/')};
        }
        const std::size_t literal = text_[at] == '\\' && at + 1 < text_.size() ? at + 1 : at;
        return {literal + 1, is_in(text_[literal], c, text_[literal])};
    }

private:
    [[nodiscard]] bool is_in(char first, char c, char last) const {
        return is_between(first, c, last) ||
               (rules_.is_case_blind &&
                (is_between(first, lower(c), last) || is_between(first, upper(c), last)));
    }

    // A "[" that no "]" ends stands for itself: then `end` is kNone.
    [[nodiscard]] Element compare_set(std::size_t at, char c, std::size_t& steps) const {
        const auto escaped = [this](std::size_t i) {
            return text_[i] == '\\' && i + 1 < text_.size() ? i + 1 : i;
        };
        std::size_t i = at + 1;
        const bool is_negated = i < text_.size() && (text_[i] == '!' || text_[i] == '^');
        i += is_negated ? 1 : 0;
        bool is_found = false;
        for (bool is_first = true; i < text_.size() && (is_first || text_[i] != ']');
             is_first = false) {
            ++steps;
            i = escaped(i);
            const char first = text_[i++];
            char last = first;
            if (i + 1 < text_.size() && text_[i] == '-' && text_[i + 1] != ']') {
                i = escaped(i + 1);
                last = text_[i++];
            }
            is_found = is_found || is_in(first, c, last);
        }
        if (i >= text_.size()) {
            return {kNone, false};
        }
        return {i + 1, is_found != is_negated && !(rules_.is_path && c == '/')};
    }

    std::string_view text_;
    GlobRules rules_;
};

}  // namespace

// When something does not fit, the last star takes one character more: an earlier one never has to,
// because the last one could take what it gave up.
Match glob_match(std::string_view pattern_text, std::string_view text, GlobRules rules) {
    if (Effort::count()) {
        return Match::kGaveUp;
    }
    const Pattern pattern(pattern_text, rules);
    std::size_t steps = 0;
    std::size_t in_pattern = 0;
    std::size_t behind_star = kNone;
    std::size_t taken = 0;  // where what the last star has taken ends
    for (std::size_t at = 0; at < text.size() || in_pattern < pattern.size();) {
        if (steps > kStepsMax) {
            return Match::kGaveUp;
        }
        if (pattern.is_star(in_pattern)) {
            ++steps;
            behind_star = ++in_pattern;
            taken = at;
            continue;
        }
        if (at < text.size() && in_pattern < pattern.size()) {
            const Element element = pattern.compare(in_pattern, text[at], steps);
            if (element.fits) {
                in_pattern = element.end;
                ++at;
                continue;
            }
        }
        if (behind_star == kNone || taken >= text.size() || (rules.is_path && text[taken] == '/')) {
            return Match::kNo;
        }
        at = ++taken;
        in_pattern = behind_star;
    }
    return Match::kYes;
}

}  // namespace base
