#include "core/site/rewrite/text_table.h"

#include <algorithm>
#include <utility>

namespace site {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";
constexpr std::string_view kKeyEnds = " \t\r\v\f\n";

// Takes a word off the front of a line.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const auto word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

// Behind each key there is one: a table has none without a value.
bool ends_key(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// As std::string_view orders them, but faster: millions are to be sorted.
int compare_keys(const char* one, const char* other) {
    for (; *one == *other && !ends_key(*one); ++one, ++other) {
    }
    const bool has_ended = ends_key(*one);
    if (has_ended || ends_key(*other)) {
        return (has_ended ? 0 : 1) - (ends_key(*other) ? 0 : 1);
    }
    return static_cast<unsigned char>(*one) < static_cast<unsigned char>(*other) ? -1 : 1;
}

}  // namespace

template <class Visit>
void TextTable::visit_entries(std::string_view text, Visit visit) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const bool is_comment = line.starts_with('#');
        const auto key = take_word(line);
        if (!is_comment && !take_word(line).empty()) {
            visit(static_cast<Offset>(key.data() - text.data()));
        }
    }
}

TextTable::TextTable(std::string text) : text_(std::move(text)) {
    std::size_t count = 0;
    visit_entries(text_, [&](Offset) { ++count; });
    keys_.reserve(count);
    visit_entries(text_, [&](Offset at) { keys_.push_back(at); });
    std::ranges::sort(keys_, [this](Offset one, Offset other) {
        const int order = compare_keys(text_.data() + one, text_.data() + other);
        return order < 0 || (order == 0 && one < other);
    });
}

std::string_view TextTable::key_at(Offset at) const {
    const auto rest = std::string_view(text_).substr(at);
    return rest.substr(0, rest.find_first_of(kKeyEnds));
}

std::string_view TextTable::find(std::string_view key) const {
    const auto found =
        std::ranges::lower_bound(keys_, key, {}, [this](Offset at) { return key_at(at); });
    if (found == keys_.end() || key_at(*found) != key) {
        return {};
    }
    const auto at = *found + key.size();
    auto line = std::string_view(text_).substr(at);
    line = line.substr(0, line.find('\n'));
    return take_word(line);
}

}  // namespace site
