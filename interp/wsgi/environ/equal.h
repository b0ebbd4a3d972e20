// Whether two texts are equal, and whether one is ASCII, without a call: most that are looked at
// for every request are as short as names, numbers and addresses are. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/bytes.h"

namespace interp {

namespace detail {

template <class Word>
Word word_at(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

// Of at least a word's size; the last word may overlap the one before.
template <class Word>
bool are_words_equal(const char* a, const char* b, std::size_t size) {
    const std::size_t last = size - sizeof(Word);
    for (std::size_t i = 0; i < last; i += sizeof(Word)) {
        if (word_at<Word>(a + i) != word_at<Word>(b + i)) {
            return false;
        }
    }
    return word_at<Word>(a + last) == word_at<Word>(b + last);
}

}  // namespace detail

inline bool is_equal(base::Bytes a, base::Bytes b) {
    const std::size_t size = a.size();
    if (size != b.size()) {
        return false;
    }
    return size >= 8   ? detail::are_words_equal<std::uint64_t>(a.data(), b.data(), size)
           : size >= 2 ? detail::are_words_equal<std::uint16_t>(a.data(), b.data(), size)
                       : size == 0 || a[0] == b[0];
}

inline bool is_ascii(base::Bytes text) {
    const std::size_t size = text.size();
    std::uint64_t all = 0;
    if (size >= sizeof all) {
        const std::size_t last = size - sizeof all;
        for (std::size_t i = 0; i < last; i += sizeof all) {
            all |= detail::word_at<std::uint64_t>(text.data() + i);
        }
        all |= detail::word_at<std::uint64_t>(text.data() + last);
    } else {
        for (const char byte : text) {
            all |= static_cast<unsigned char>(byte);
        }
    }
    return (all & 0x8080'8080'8080'8080) == 0;
}

}  // namespace interp
