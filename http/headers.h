// An ordered list of header fields in two flat blocks, so that a reused list allocates nothing.
// Views returned stay valid until the next change. Names keep their spelling; lookup is case-blind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text/text.h"

namespace http {

struct Header {
    std::string_view name;
    std::string_view value;
};

class Headers {
public:
    void add(std::string_view name, std::string_view value) {
        begin_field();
        extend_name(name);
        extend_value(value);
    }
    // Keeps the memory that most lists need.
    void clear() {
        bytes_.clear();
        fields_.clear();
        if (bytes_.capacity() > kKeptBytes || fields_.capacity() > kKeptFields) {
            std::string().swap(bytes_);
            std::vector<Field>().swap(fields_);
        }
    }
    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] bool is_empty() const { return fields_.empty(); }
    [[nodiscard]] std::size_t byte_count() const { return bytes_.size(); }
    [[nodiscard]] Header operator[](std::size_t index) const {
        const Field& field = fields_[index];
        const std::string_view all(bytes_);
        return {
            all.substr(field.start, field.name_size),
            all.substr(field.start + field.name_size, field.value_size)};
    }
    // The first field of that name; `count` tells how many there are.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;

    // For a field that arrives in pieces: begin it, extend its name, then its value, then end it.
    // The white space behind a value is cut off when it ends (RFC 9112 section 5.1).
    void begin_field() { fields_.push_back({static_cast<std::uint32_t>(bytes_.size()), 0, 0}); }
    void extend_name(std::string_view piece) {
        bytes_.append(piece);
        fields_.back().name_size += static_cast<std::uint32_t>(piece.size());
    }
    void extend_value(std::string_view piece) {
        bytes_.append(piece);
        fields_.back().value_size += static_cast<std::uint32_t>(piece.size());
    }
    Header end_field();

    class Iterator {
    public:
        Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
        Header operator*() const { return (*headers_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

    private:
        const Headers* headers_;
        std::size_t index_;
    };
    [[nodiscard]] Iterator begin() const { return {this, 0}; }
    [[nodiscard]] Iterator end() const { return {this, fields_.size()}; }

private:
    struct Field {
        std::uint32_t start;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    static constexpr std::size_t kKeptBytes = 64 * 1024;
    static constexpr std::size_t kKeptFields = 1024;

    std::string bytes_;
    std::vector<Field> fields_;
};

// Whether a token is, case-blind (RFC 9110 section 5.1), a name of ours in small letters and "-",
// without a branch per byte: of a token's bytes, only a letter becomes that letter with this bit.
template <std::size_t kSize>
bool is_named(std::string_view token, const char (&name)[kSize]) {
    if (token.size() != kSize - 1) {
        return false;
    }
    unsigned difference = 0;
    for (std::size_t i = 0; i < kSize - 1; ++i) {
        difference |= static_cast<unsigned>((token[i] | 0x20) ^ name[i]);
    }
    return difference == 0;
}

}  // namespace http
