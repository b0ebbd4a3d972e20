// A generation: what an event loop has of one configuration, from when it takes it in until nobody
// works by it any more. A connection holds on to the one that it goes by, and a request to the one
// that it has begun with, so that a newer one can come while the older still serves. Counted
// without atomics: loop thread only.
#pragma once

#include <cstdint>
#include <utility>

#include "core/base/check.h"

namespace server {

struct Served;

class Generation {
public:
    // Empty, or a share in its life.
    class Hold {
    public:
        Hold() = default;
        explicit Hold(Generation& generation) : generation_(&generation) { ++generation.holds_; }
        Hold(const Hold& other) : generation_(other.generation_) {
            if (generation_ != nullptr) {
                ++generation_->holds_;
            }
        }
        Hold(Hold&& other) noexcept : generation_(std::exchange(other.generation_, nullptr)) {}
        Hold& operator=(Hold other) noexcept {
            std::swap(generation_, other.generation_);
            return *this;
        }
        ~Hold() { reset(); }

        void reset() {
            if (generation_ != nullptr) {
                --std::exchange(generation_, nullptr)->holds_;
            }
        }
        [[nodiscard]] explicit operator bool() const { return generation_ != nullptr; }
        [[nodiscard]] Generation& operator*() const { return *generation_; }
        [[nodiscard]] Generation* operator->() const { return generation_; }
        [[nodiscard]] bool operator==(const Hold& other) const = default;

    private:
        Generation* generation_ = nullptr;
    };

    // `served` outlives it.
    explicit Generation(const Served& served) : served_(served) {}
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    [[nodiscard]] const Served& served() const { return served_; }
    // Somebody works by it. Asked at the end of a turn: nobody is told when the last one lets go.
    [[nodiscard]] bool is_held() const { return holds_ > 0; }

protected:
    ~Generation() { CHECK(holds_ == 0); }

private:
    const Served& served_;
    std::uint32_t holds_ = 0;
};

}  // namespace server
