// A place in the text of an expression: what stands there, and sentences about it.
// One thread; lives as long as the parsing, and so must the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/expression/expression.h"

namespace config {

class ExpressionCursor {
public:
    ExpressionCursor(std::string_view text, Author author) : text_(text), author_(author) {}

    [[nodiscard]] Author author() const { return author_; }
    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] bool is_at_end() const { return position_ == text_.size(); }
    // The character `ahead` of here; a zero byte behind the end.
    [[nodiscard]] char peek(std::size_t ahead = 0) const;
    // The name that starts here: a letter, then letters, digits and "_"; empty where none does.
    [[nodiscard]] std::string_view peek_name() const;
    [[nodiscard]] std::string_view since(std::size_t position) const {
        return text_.substr(position, position_ - position);
    }

    void advance(std::size_t count = 1) { position_ += count; }
    void skip_blanks();
    // Goes behind `symbol` if it stands here.
    bool take(std::string_view symbol);
    bool take_name(std::string_view name);

    // Around whatever may contain itself; leave() only after an enter() that succeeded.
    base::Result<> enter();
    void leave() { --depth_; }

    // "character 5: expected ")", not "&&"".
    [[nodiscard]] tl::unexpected<base::Error> expected(std::string_view what) const;
    // "character 5: " and the sentence.
    [[nodiscard]] static tl::unexpected<base::Error> complain(
        std::size_t position, std::string_view sentence
    );

private:
    std::string_view text_;
    const Author author_;
    std::size_t position_ = 0;
    int depth_ = 0;
};

}  // namespace config
