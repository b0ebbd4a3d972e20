// The texts that are being read, each within the one before: a file, a file that it includes, a
// macro that this one uses. The lines of the innermost are next. One thread; lives as long as the
// reading.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "core/config/language/line_tokenizer.h"
#include "core/config/language/macros.h"
#include "core/config/model/place.h"

namespace config {

class Sources {
public:
    // What becomes of lines before they are split; none: they stay as they are.
    explicit Sources(LineTokenizer::Expand expand) : expand_(std::move(expand)) {}

    [[nodiscard]] bool is_empty() const { return sources_.empty(); }
    // For one more within the innermost.
    [[nodiscard]] bool has_room() const {
        constexpr int kDepthMax = 64;
        return depth() < kDepthMax;
    }
    // How many are within each other, the innermost included.
    [[nodiscard]] int depth() const { return sources_.empty() ? 0 : sources_.back().depth; }
    // A file is number `depth` of those; several that one line includes have the same, and the last
    // is added first. `at` is where that line stands; `open_sections` are open there.
    void add_file(
        std::string text, std::string name, int depth, std::string at, std::size_t open_sections
    );
    // The same, of `macro`, whose parameters are filled in, within the innermost.
    void add_macro(std::string text, const Macro& macro, std::string at, std::size_t open_sections);
    // Of the innermost. False: it is at its end, and is to be left.
    bool next(Line& line);
    void leave() { sources_.pop_back(); }

    [[nodiscard]] Place place_of(const Line& line) const;
    // Sections that were open when the innermost began: they are not its own.
    [[nodiscard]] std::size_t open_before() const { return sources_.back().open_before; }
    // `sentence`, and in which macro its line stands.
    [[nodiscard]] std::string with_macro(const std::string& sentence) const;
    // Which files bring `path` back, which `line` is about to include once more.
    [[nodiscard]] std::string circle_of(const Line& line, const std::string& path) const;
    // What macros have become.
    [[nodiscard]] std::size_t macro_bytes() const;

private:
    struct Source {
        std::shared_ptr<const std::string> name;  // of the file
        std::string text;
        std::unique_ptr<LineTokenizer> tokenizer;
        int lines_before = 0;         // its first line is number 1 + this
        std::size_t open_before = 0;  // sections that were open when it began
        int depth = 1;
        std::string used_at;  // where it is included or, a macro, used: for messages
        std::string macro;    // its name; "" is a file
    };
    void add(Source source);

    const LineTokenizer::Expand expand_;
    std::deque<Source> sources_;  // the innermost last
};

}  // namespace config
