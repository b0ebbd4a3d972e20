// AnswerRoom: how much of the answers of embedded mode may wait for clients that do not read. Each
// may hold a little by right, so that all get on and small answers cost nothing here; what is more
// is counted for the whole process, and the more there is of it, the less each may have. What is
// lent counts, too, each object once (interp/wsgi/lent_bytes.h). Any thread.
#pragma once

#include <atomic>
#include <cstddef>

#include "interp/wsgi/loans_out.h"

namespace server {

class AnswerRoom {
public:
    static constexpr std::size_t kByRight = 16 * 1024;               // bytes of one answer
    static constexpr std::size_t kNormal = 256 * 1024;               // likewise
    static constexpr std::size_t kPlenty = 1024 * 1024 + 64 * 1024;  // likewise
    static constexpr std::size_t kAll = 64 * 1024 * 1024;  // bytes of all answers of the process
    static constexpr std::size_t kLent = kAll / 2;         // likewise, that are lent

    // What one answer holds.
    class Share {
    public:
        Share() = default;
        ~Share() { hold(0); }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        void hold(std::size_t bytes) {
            const std::size_t counted = bytes > kByRight ? bytes - kByRight : 0;
            if (counted != counted_) {
                all().fetch_add(counted - counted_, std::memory_order_relaxed);
                counted_ = counted;
            }
            held_ = bytes;
        }
        [[nodiscard]] std::size_t held() const { return held_; }
        [[nodiscard]] bool is_counted() const { return counted_ > 0; }

    private:
        std::size_t held_ = 0;
        std::size_t counted_ = 0;
    };

    // The most that one answer may hold now.
    [[nodiscard]] static std::size_t of_one() {
        const std::size_t all = held();
        return all < kAll / 4 ? kPlenty : all < kAll ? kNormal : kByRight;
    }
    // Bytes that an application has anyway may be lent, at such a cost should it let go of them.
    [[nodiscard]] static bool has_room_to_lend(std::size_t cost) {
        return interp::LoansOut::held() + cost <= kLent;
    }
    [[nodiscard]] static std::size_t held() {
        return all().load(std::memory_order_relaxed) + interp::LoansOut::held();
    }

private:
    static std::atomic<std::size_t>& all() {
        static std::atomic<std::size_t> bytes{0};
        return bytes;
    }
};

}  // namespace server
