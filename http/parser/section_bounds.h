// How long a field section may be, and what may stand in it. A part of Tokenizer: the same thread,
// the same life.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "http/headers.h"
#include "http/parser/head_check.h"
#include "http/parser/parse_error.h"
#include "http/parser/parser.h"

namespace http {

class SectionBounds {
public:
    explicit SectionBounds(const Limits& limits) : limits_(limits) {}

    void begin_head() {
        bytes_ = 0;
        is_trailers_ = false;
    }
    void begin_trailers() {
        bytes_ = 0;
        is_trailers_ = true;
    }
    [[nodiscard]] bool is_trailers() const { return is_trailers_; }

    // So many bytes it may still have.
    [[nodiscard]] std::size_t room() const { return max() - bytes_; }
    // So many have come, at most as many as there was room for, and it has not ended.
    [[nodiscard]] ParseError add_read(std::size_t size) {
        bytes_ += static_cast<std::uint32_t>(size);
        return room() == 0 ? ParseError{431, "header section is too long"} : kNoError;
    }
    // Number `count` of its fields has ended. Judged only then, not while it grows: the outcome is
    // the same for every split, and the section's own limit bounds the memory.
    [[nodiscard]] ParseError check(const Header& field, std::size_t count) const {
        if (field.name.size() + field.value.size() > limits_.field_size) {
            return {431, "header field is too long"};
        }
        if (limits_.fields != 0 && count > limits_.fields) {
            return {431, "too many header fields"};
        }
        if (is_trailers_ && is_forbidden_trailer(field.name)) {
            return {400, "trailer field that may not be one"};
        }
        return kNoError;
    }

private:
    // Trailers are dropped: the room that a head may need is not for them.
    [[nodiscard]] std::size_t max() const {
        constexpr std::size_t kTrailersMax = 64 * 1024;
        return is_trailers_ ? std::min(limits_.section, kTrailersMax) : limits_.section;
    }

    const Limits& limits_;
    std::uint32_t bytes_ = 0;
    bool is_trailers_ = false;
};

}  // namespace http
