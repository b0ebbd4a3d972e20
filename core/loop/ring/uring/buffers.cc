#include "core/loop/ring/uring/buffers.h"

#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <utility>

#include "core/base/check.h"

namespace loop {
namespace {

constexpr std::size_t kPage = 4096;

std::size_t table_bytes(unsigned count) {
    return (count * sizeof(io_uring_buf) + kPage - 1) / kPage * kPage;
}

}  // namespace

base::Result<Buffers> Buffers::create(unsigned count, unsigned buffer_bytes) {
    CHECK(std::has_single_bit(count) && count <= 32768);
    const std::size_t size = table_bytes(count) + std::size_t{count} * buffer_bytes;
    void* const block =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        return base::fail_errno("mmap of the receive buffers", errno);
    }
    return Buffers({static_cast<char*>(block), size}, count, buffer_bytes);
}

Buffers::Buffers(Buffers&& other) noexcept
    : block_(std::exchange(other.block_, {})),
      count_(other.count_),
      buffer_bytes_(other.buffer_bytes_) {}

Buffers::~Buffers() {
    if (!block_.empty()) {
        ::munmap(block_.data(), block_.size());
    }
}

base::Result<> Buffers::register_with(io_uring& ring, std::uint16_t group) {
    // io_uring_setup_buf_ring() would do this, but liburing has it since 2.4 only.
    io_uring_buf_reg words{};
    words.ring_addr = reinterpret_cast<std::uintptr_t>(block_.data());
    words.ring_entries = count_;
    words.bgid = group;
    if (const int result = io_uring_register_buf_ring(&ring, &words, 0); result < 0) {
        return base::fail_errno("io_uring_register(PBUF_RING)", -result);
    }
    auto* const table = reinterpret_cast<io_uring_buf_ring*>(block_.data());
    io_uring_buf_ring_init(table);
    for (unsigned id = 0; id < count_; ++id) {
        add(id, static_cast<int>(id));
    }
    io_uring_buf_ring_advance(table, static_cast<int>(count_));
    return {};
}

base::Bytes Buffers::filled(unsigned id, std::size_t size) const {
    CHECK(id < count_ && size <= buffer_bytes_);
    return {block_.data() + table_bytes(count_) + std::size_t{id} * buffer_bytes_, size};
}

void Buffers::give_back(unsigned id) {
    add(id, 0);
    io_uring_buf_ring_advance(reinterpret_cast<io_uring_buf_ring*>(block_.data()), 1);
}

void Buffers::add(unsigned id, int at) {
    CHECK(id < count_);
    io_uring_buf_ring_add(
        reinterpret_cast<io_uring_buf_ring*>(block_.data()),
        block_.data() + table_bytes(count_) + std::size_t{id} * buffer_bytes_,
        buffer_bytes_,
        static_cast<std::uint16_t>(id),
        io_uring_buf_ring_mask(count_),
        at
    );
}

}  // namespace loop
