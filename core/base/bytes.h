// Bytes looks at somebody else's bytes for the length of a call; Buffer owns bytes that arrive at
// its end and leave from its front.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace base {

using Bytes = std::string_view;

// A queue of bytes in one block. Keeps its block when emptied, so that a reused Buffer allocates
// nothing.
class Buffer {
public:
    [[nodiscard]] Bytes bytes() const { return Bytes(data_).substr(start_); }
    [[nodiscard]] std::size_t size() const { return data_.size() - start_; }
    [[nodiscard]] bool is_empty() const { return start_ == data_.size(); }

    void append(Bytes bytes) { data_.append(bytes); }
    void append(char byte) { data_.push_back(byte); }

    // The block itself, for writers that append in place. At its front may still stand what has
    // been consumed.
    std::string& tail() { return data_; }

    void consume(std::size_t count) {
        start_ += count;
        if (start_ == data_.size()) {
            clear();
        } else if (start_ >= kCompactAt && start_ * 2 >= data_.size()) {
            data_.erase(0, start_);
            start_ = 0;
        }
    }
    void clear() {
        data_.clear();
        start_ = 0;
    }
    // Gives the block back when it has grown past `keep` bytes.
    void shrink(std::size_t keep) {
        if (is_empty() && data_.capacity() > keep) {
            std::string().swap(data_);
        }
    }

private:
    static constexpr std::size_t kCompactAt = 4096;
    std::string data_;
    std::size_t start_ = 0;
};

}  // namespace base
