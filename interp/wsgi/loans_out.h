// LoansOut: what Python's objects have lent to clients (interp/wsgi/lent_bytes.h), as those may
// know it who have no Python. Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace interp {

class LoansOut {
public:
    // Of all objects that are lent, each once, or have been given back and not been let go of;
    // bytes.
    [[nodiscard]] static std::size_t held() { return bytes().load(std::memory_order_relaxed); }
    // Some have been given back: the next who has the GIL lets go of them.
    [[nodiscard]] static bool has_returned() { return are_back().load(std::memory_order_relaxed); }

private:
    friend class LentBytes;
    static std::atomic<std::size_t>& bytes() {
        static std::atomic<std::size_t> all{0};
        return all;
    }
    static std::atomic<bool>& are_back() {
        static std::atomic<bool> some{false};
        return some;
    }
};

}  // namespace interp
