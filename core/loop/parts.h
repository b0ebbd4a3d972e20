// Bytes that lie in a few places and go out as one send, and what short sends have left of them.
// Views: they live until the send has completed. A value, which stays where it is meanwhile.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace loop {

class Parts {
public:
    static constexpr std::size_t kMax = 3;

    Parts() = default;
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    void clear() { first_ = count_ = 0; }
    void add(base::Bytes bytes) {
        if (!bytes.empty()) {
            CHECK(count_ < kMax);
            parts_[count_++] = {const_cast<char*>(bytes.data()), bytes.size()};
        }
    }
    // They have been sent.
    void remove_prefix(std::size_t bytes) {
        while (bytes > 0) {
            CHECK(first_ < count_);
            iovec& part = parts_[first_];
            const std::size_t sent = std::min(bytes, part.iov_len);
            part.iov_base = static_cast<char*>(part.iov_base) + sent;
            part.iov_len -= sent;
            bytes -= sent;
            if (part.iov_len == 0) {
                ++first_;
            }
        }
    }
    [[nodiscard]] bool is_empty() const { return first_ == count_; }
    [[nodiscard]] bool is_one() const { return first_ + 1 == count_; }
    [[nodiscard]] base::Bytes front() const {
        const iovec& part = parts_[first_];
        return {static_cast<const char*>(part.iov_base), part.iov_len};
    }
    [[nodiscard]] const msghdr& message() {
        message_.msg_iov = &parts_[first_];
        message_.msg_iovlen = count_ - first_;
        return message_;
    }

private:
    std::array<iovec, kMax> parts_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    msghdr message_{};
};

}  // namespace loop
