// The buffers that the kernel picks from when bytes arrive: one block for all sockets of a ring.
// Pages are touched only when used. Loop thread only; dies after its ring.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace loop {

class Buffers {
public:
    // `count` is a power of two, at most 32768.
    static base::Result<Buffers> create(unsigned count, unsigned buffer_bytes);
    Buffers(Buffers&& other) noexcept;
    Buffers& operator=(Buffers&&) = delete;
    ~Buffers();

    // Hands all buffers to `ring` as `group`.
    base::Result<> register_with(io_uring& ring, std::uint16_t group);

    [[nodiscard]] base::Bytes filled(unsigned id, std::size_t size) const;
    void give_back(unsigned id);

private:
    Buffers(std::span<char> block, unsigned count, unsigned buffer_bytes)
        : block_(block), count_(count), buffer_bytes_(buffer_bytes) {}
    void add(unsigned id, int at);

    std::span<char> block_;  // the kernel's table of buffers, then the buffers
    unsigned count_;
    unsigned buffer_bytes_;
};

}  // namespace loop
