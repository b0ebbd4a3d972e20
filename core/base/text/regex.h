// Regular expressions, by PCRE2; nobody else includes its header. Compiled once, matched from any
// thread, cheap to copy. As in Apache 2.4, "." matches a newline too and "$" only the very end.
// Matching is limited in steps, memory and by the thread's Effort: a pattern that would take longer
// gives up, and is then neither a match nor none. To take it for none might let somebody in.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace base {

// What a match has captured: number 0 is all of it. Views of the text that was matched.
struct Captures {
    static constexpr std::size_t kMax = 10;  // "$0" to "$9"
    std::array<std::string_view, kMax> groups{};
    std::size_t begin = 0;  // of the match, in the text
    std::size_t end = 0;
};

enum class Match { kNo, kYes, kGaveUp };

// Bytes of a text that is made of what was captured.
inline constexpr std::size_t kSubstitutedMax = 64 << 10;

class Regex {
public:
    // The error says what is wrong and at which offset of the pattern.
    static Result<Regex> compile(std::string_view pattern, bool is_case_blind = false);

    // Bytes of all that this thread has compiled so far: who takes patterns from strangers looks
    // how many they have become, because a short one may be large.
    static std::size_t bytes_compiled();

    [[nodiscard]] Match match(std::string_view text, Captures* captures = nullptr) const;
    // For texts and patterns that no stranger has written.
    [[nodiscard]] bool matches(std::string_view text) const { return match(text) == Match::kYes; }
    [[nodiscard]] const std::string& pattern() const;
    // Groups with a name, "(?<name>...)", of the first ten.
    struct Name {
        std::string name;
        std::size_t group = 0;
    };
    [[nodiscard]] const std::vector<Name>& names() const;
    [[nodiscard]] bool is_case_blind() const;
    [[nodiscard]] bool has_groups() const;  // "(…)" that captures

private:
    struct Code;
    explicit Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
    std::shared_ptr<const Code> code_;
};

// Replaces "$0" to "$9" in `text` by what was captured; a backslash stands before what is meant as
// it is ("\$1", "\\"). "&" means itself, as in Apache 2.4 and unlike in 2.2. Nothing where it would
// become longer than `bytes_max`: a line of "$0" makes gigabytes of one header field.
std::optional<std::string> substitute(
    std::string_view text, const Captures& captures, std::size_t bytes_max = kSubstitutedMax
);

}  // namespace base
