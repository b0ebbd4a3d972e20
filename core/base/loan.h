// Loan: bytes that belong to somebody else, who leaves them alone until they are given back, which
// is when the Loan ends. So that what is large is not copied. A value, which moves; it may end on
// any thread.
#pragma once

#include <utility>

#include "core/base/bytes.h"

namespace base {

class Loan {
public:
    class Lender {
    public:
        virtual ~Lender() = default;
        // Any thread; needs no memory, and does not block.
        virtual void give_back(void* owner) noexcept = 0;
    };

    Loan() = default;
    // `bytes` are part of `owner`, which the lender knows; it lives until all loans have ended.
    Loan(Lender& lender, void* owner, Bytes bytes)
        : lender_(&lender), owner_(owner), bytes_(bytes) {}
    Loan(Loan&& other) noexcept { swap(other); }
    Loan& operator=(Loan&& other) noexcept {
        Loan taken(std::move(other));
        swap(taken);
        return *this;
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() {
        if (lender_ != nullptr) {
            lender_->give_back(owner_);
        }
    }

    [[nodiscard]] bool is_open() const { return lender_ != nullptr; }
    [[nodiscard]] Bytes bytes() const { return bytes_; }

private:
    void swap(Loan& other) noexcept {
        std::swap(lender_, other.lender_);
        std::swap(owner_, other.owner_);
        std::swap(bytes_, other.bytes_);
    }

    Lender* lender_ = nullptr;
    void* owner_ = nullptr;
    Bytes bytes_;
};

}  // namespace base
