// TextTable: a text of "key value" lines in which keys are found. It takes as much memory as the
// text and four bytes for each entry, however short its lines are: the file may be a tenant's. A
// value; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace site {

class TextTable {
public:
    // Of the text; entries are counted by four bytes.
    static constexpr std::size_t kTextBytesMax = 64 << 20;

    TextTable() = default;
    // The first line of a key counts, and lines without a value do not.
    explicit TextTable(std::string text);

    // "" for keys without a line. It points into the table.
    [[nodiscard]] std::string_view find(std::string_view key) const;
    // What it takes; bytes.
    [[nodiscard]] std::size_t bytes() const {
        return text_.capacity() + keys_.capacity() * sizeof(Offset);
    }

private:
    using Offset = std::uint32_t;

    template <class Visit>
    static void visit_entries(std::string_view text, Visit visit);
    [[nodiscard]] std::string_view key_at(Offset at) const;

    std::string text_;
    std::vector<Offset> keys_;  // where they begin; in their order, equal ones as they stand
};

}  // namespace site
