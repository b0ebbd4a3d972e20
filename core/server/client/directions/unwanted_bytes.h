// What a client has brought since nobody wants more of it: its part of what all clients have. It is
// there and cannot be refused, so what counts it may be more than there is room for; who asks for
// the next bytes looks whether it is. A value; loop thread.
#pragma once

#include <cstddef>

#include "core/base/budget.h"
#include "core/loop/loop.h"

namespace server {

class UnwantedBytes {
public:
    // What each client may bring, and is not counted: a piece.
    static constexpr std::size_t kByRight = loop::kReceiveBytes;

    // `all`: what all clients have brought.
    explicit UnwantedBytes(base::Budget& all) : all_(all) {}

    void add(std::size_t bytes) {
        bytes_ += bytes;
        if (bytes_ > kByRight) {
            counted_.add_up_to(all_, bytes_ - kByRight);
        }
    }
    // Somebody wants it: whoever keeps it counts it as what he has.
    void clear() {
        bytes_ = 0;
        counted_.give_back();
    }
    // All have brought so much that more is to come in pieces only.
    [[nodiscard]] bool are_too_many() const { return all_.is_nearly_used_up(); }

private:
    base::Budget& all_;
    std::size_t bytes_ = 0;
    base::Share counted_;
};

}  // namespace server
