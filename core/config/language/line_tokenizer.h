// The bytes of a configuration file as lines of words, by Apache's lexical rules:
// a backslash at the end of a line joins the next one; "#" starts a comment only as the first
// non-blank character; words are separated by blanks and may stand in single or double quotes,
// where a backslash escapes the quote; "\\" is one backslash everywhere; and a quote may follow the
// "=" of an option: display-name='two words'. One thread; lives as long as the parsing, and so must
// the text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

// What separates the words of a line.
inline constexpr std::string_view kBlanks = " \t\r\v\f";

enum class LineKind {
    kDirective,  // Name arguments
    kOpen,       // <Name arguments>
    kClose,      // </Name>
};

struct Line {
    int number = 0;  // of its first physical line, from 1
    LineKind kind = LineKind::kDirective;
    std::string name;  // as written
    std::string rest;  // what stands behind the name, without the blanks around it
    std::vector<std::string> arguments;  // its words
    std::string raw;                     // the whole line as written, continued lines joined
    std::string problem;  // not empty: a sentence that says why this line has no meaning
};

class LineTokenizer {
public:
    // Changes the rest of a line before it is split into words: ${VAR} is replaced. Or says in
    // `problem` why it cannot be.
    using Expand = std::function<void(Line& line)>;

    explicit LineTokenizer(std::string_view text, Expand expand = {})
        : text_(text), expand_(std::move(expand)) {}

    // Fills `line` with the next one that is neither blank nor a comment; false at the end of the
    // text.
    bool next(Line& line);

private:
    bool read_logical_line(std::string& out);
    void split(std::string_view text, Line& line) const;

    std::string_view text_;
    Expand expand_;
    std::size_t position_ = 0;
    int number_ = 1;  // of the physical line at position_
};

// `word` as it has to be written to be read as itself.
std::string in_quotes(std::string_view word);

}  // namespace config
