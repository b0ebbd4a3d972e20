#include "core/base/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace base {
namespace {

int release_segments(dl_phdr_info* object, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0) {
            const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
            const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
            ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
        }
    }
    return 1;  // the program is the first object, and the only one that we mean
}

// Address space that nobody has touched; what the small things of a loop need until it has got rid
// of the large ones.
constexpr std::size_t kReserve = 16 * 1024 * 1024;
std::atomic<void*> reserve{nullptr};

bool take_reserve() {
    void* const memory =
        ::mmap(nullptr, kReserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    void* none = nullptr;
    if (!reserve.compare_exchange_strong(none, memory, std::memory_order_acq_rel)) {
        ::munmap(memory, kReserve);  // another thread was faster
    }
    return true;
}

void on_refused() {
    void* const memory = reserve.exchange(nullptr, std::memory_order_acq_rel);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ::munmap(memory, kReserve);
}

}  // namespace

void keep_memory_reserve() noexcept {
    if (take_reserve()) {
        std::set_new_handler(on_refused);
    }
}

bool is_memory_short() noexcept {
    return reserve.load(std::memory_order_acquire) == nullptr &&
           std::get_new_handler() == on_refused && !take_reserve();
}

void release_program_pages() noexcept { ::dl_iterate_phdr(release_segments, nullptr); }

// The program has mimalloc, and with it a definition of its own (allocator.cc).
__attribute__((weak)) void release_free_memory() noexcept { ::malloc_trim(0); }

}  // namespace base
