#include "core/config/language/line_tokenizer.h"

#include <algorithm>

#include "core/base/text/text.h"

namespace config {
namespace {

bool is_quote(char c) { return c == '"' || c == '\''; }

// Where the value of an option starts: behind the "=" of "name=", or 0.
std::size_t option_value_at(std::string_view text) {
    const auto end =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return end == 0 || end == std::string_view::npos || text[end] != '=' ? 0 : end + 1;
}

// Splits words off the front of a logical line.
class WordReader {
public:
    explicit WordReader(std::string_view text) : text_(text) {}

    // False at the end, and when a quote is never closed (see problem()).
    bool next(std::string& word) {
        word.clear();
        skip_blanks();
        if (text_.empty()) {
            return false;
        }
        const auto value = option_value_at(text_);
        if (value != 0 && value < text_.size() && is_quote(text_[value])) {
            word.append(text_.substr(0, value));
            text_.remove_prefix(value);
        }
        return is_quote(text_.front()) ? read_quoted(word) : read_plain(word);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] std::string_view rest() const { return text_; }

private:
    void skip_blanks() {
        text_.remove_prefix(std::min(text_.find_first_not_of(kBlanks), text_.size()));
    }

    bool read_plain(std::string& word) {
        std::size_t at = 0;
        for (; at < text_.size() && kBlanks.find(text_[at]) == std::string_view::npos; ++at) {
            if (text_.substr(at).starts_with("\\\\")) {
                ++at;
            }
            word.push_back(text_[at]);
        }
        text_.remove_prefix(at);
        return true;
    }

    bool read_quoted(std::string& word) {
        const char quote = text_.front();
        for (std::size_t at = 1; at < text_.size(); ++at) {
            if (text_[at] == quote) {
                text_.remove_prefix(at + 1);
                return true;
            }
            if (text_[at] == '\\' && at + 1 < text_.size() &&
                (text_[at + 1] == quote || text_[at + 1] == '\\')) {
                ++at;
            }
            word.push_back(text_[at]);
        }
        problem_ = std::string("a ") + quote + " is opened and never closed";
        return false;
    }

    std::string_view text_;
    std::string problem_;
};

// Takes "<", "</" and ">" off a section's line.
std::string_view inside_brackets(std::string_view text, Line& line) {
    if (text.back() != '>') {
        line.problem = "a line that starts with \"<\" must end with \">\"";
        return {};
    }
    text = text.substr(1, text.size() - 2);
    line.kind = LineKind::kOpen;
    if (text.starts_with('/')) {
        line.kind = LineKind::kClose;
        text.remove_prefix(1);
    }
    if (base::trimmed(text, kBlanks).empty()) {
        line.problem = "a section without a name";
    }
    return text;
}

}  // namespace

void LineTokenizer::split(std::string_view text, Line& line) const {
    line.kind = LineKind::kDirective;
    line.name.clear();
    line.rest.clear();
    line.arguments.clear();
    line.problem.clear();
    line.raw.assign(text);
    if (text.find('\0') != std::string_view::npos) {
        line.problem = "a zero byte; this is not a text file";
        return;
    }
    if (text.front() == '<') {
        text = inside_brackets(text, line);
        if (!line.problem.empty()) {
            return;
        }
    }
    WordReader words(text);
    words.next(line.name);
    line.rest = base::trimmed(words.rest(), kBlanks);
    if (expand_ && line.rest.find("${") != std::string::npos) {
        expand_(line);
        if (!line.problem.empty()) {
            return;
        }
    }
    WordReader arguments(line.rest);
    for (std::string word; words.problem().empty() && arguments.next(word);) {
        line.arguments.push_back(word);
    }
    line.problem = words.problem().empty() ? arguments.problem() : words.problem();
}

// Joins continued lines. False at the end of the text.
bool LineTokenizer::read_logical_line(std::string& out) {
    out.clear();
    bool is_continued = position_ < text_.size();
    if (!is_continued) {
        return false;
    }
    while (is_continued && position_ < text_.size()) {
        const auto end = std::min(text_.find('\n', position_), text_.size());
        std::string_view piece = text_.substr(position_, end - position_);
        position_ = end + 1;
        ++number_;
        if (piece.ends_with('\r')) {
            piece.remove_suffix(1);
        }
        is_continued = piece.ends_with('\\');
        out.append(is_continued ? piece.substr(0, piece.size() - 1) : piece);
    }
    return true;
}

bool LineTokenizer::next(Line& line) {
    std::string joined;
    for (;;) {
        line.number = number_;
        if (!read_logical_line(joined)) {
            return false;
        }
        const auto text = base::trimmed(joined, kBlanks);
        if (!text.empty() && text.front() != '#') {
            split(text, line);
            return true;
        }
    }
}

std::string in_quotes(std::string_view word) {
    if (!word.empty() && word.find_first_of(" \t\r\v\f\"'\\#<>") == std::string_view::npos) {
        return std::string(word);
    }
    std::string out = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
    return out;
}

}  // namespace config
