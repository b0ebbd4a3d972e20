#include "core/config/rewriting/rewrite_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

// Of isspace(), by which mod_rewrite splits.
constexpr std::string_view kSpaces = " \t\r\n\v\f";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }

// Takes a word off the front of `text`.
std::string take_rewrite_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
    const bool is_quoted = !text.empty() && (text.front() == '"' || text.front() == '\'');
    const char quote = is_quoted ? text.front() : '\0';
    text.remove_prefix(is_quoted ? 1 : 0);
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (is_quoted ? text[at] == quote : is_space(text[at])) {
            break;
        }
        if (text[at] == '\\' && at + 1 < text.size() && is_space(text[at + 1])) {
            ++at;
        }
    }
    std::string word(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
    return word;
}

}  // namespace

base::Result<RewriteWords> split_rewrite_words(std::string_view text) {
    RewriteWords words;
    words.first = take_rewrite_word(text);
    text = base::trimmed(text, kSpaces);
    if (text.empty()) {
        return refuse("requires two arguments; there is only one");
    }
    words.second = take_rewrite_word(text);
    if (base::trimmed(text, kSpaces).empty()) {
        return words;
    }
    words.flags = take_rewrite_word(text);
    if (!words.flags.starts_with('[')) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "\"{}\": the third argument is flags in brackets, as in [L]; put an argument with "
                "blanks in quotes",
                words.flags
            )
        );
    }
    if (words.flags.size() < 2 || !words.flags.ends_with(']')) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "\"{}\": flags end with \"]\"; write them without blanks, or in quotes as in "
                "\"[R=301, L]\"",
                words.flags
            )
        );
    }
    return words;
}

base::Result<std::vector<RewriteFlag>> split_rewrite_flags(std::string_view flags) {
    std::vector<RewriteFlag> out;
    if (flags.empty()) {
        return out;
    }
    flags = flags.substr(1, flags.size() - 2);
    while (!flags.empty()) {
        const auto comma = std::min(flags.find(','), flags.size());
        const auto flag = base::trimmed(flags.substr(0, comma), kSpaces);
        flags.remove_prefix(std::min(comma + 1, flags.size()));
        if (flag.empty()) {
            continue;
        }
        const auto equals = flag.find('=');
        if (equals == 0) {
            return base::fail(
                base::Fault::kConfig, fmt::format("\"{}\": a flag without a name", flag)
            );
        }
        const bool has_value = equals != std::string_view::npos;
        out.push_back(
            {flag.substr(0, equals),
             has_value ? flag.substr(equals + 1) : std::string_view(),
             has_value}
        );
    }
    return out;
}

}  // namespace config
