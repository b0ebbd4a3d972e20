#include "core/base/memory.h"

#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
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
// mimalloc takes it in aligned segments, and a thread its own.
constexpr std::size_t kSegment = 32 * 1024 * 1024;
constexpr std::size_t kReserve = 2 * kSegment;
std::atomic<void*> reserve{nullptr};

bool take_reserve() {
    void* const memory =
        ::mmap(nullptr, kReserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    void* none = nullptr;
    if (!reserve.compare_exchange_strong(none, memory, std::memory_order_acq_rel)) {
        ::munmap(memory, kReserve);  // another thread was faster
    }
    return true;
}

[[noreturn]] void end_for_exception() noexcept {
    const char* text = "hoopsnake: an exception that nobody expects\n";
    try {
        if (const auto exception = std::current_exception()) {
            std::rethrow_exception(exception);
        }
    } catch (const std::bad_alloc&) {
        text = "hoopsnake: out of memory; the limit may be RLIMIT_AS (ulimit -v) or MemoryMax=\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
        ::_exit(EXIT_FAILURE);
    } catch (...) {  // a fault of ours, which leaves a core
    }
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
    std::abort();
}

void on_refused() {
    void* const memory = reserve.exchange(nullptr, std::memory_order_acq_rel);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ::munmap(memory, kReserve);
}

}  // namespace

void bound_libc_memory() noexcept {
    constexpr int kMappedFrom = 4 * 1024 * 1024;
    constexpr int kKeptPerArena = 2 * kMappedFrom;
    ::mallopt(M_MMAP_THRESHOLD, kMappedFrom);
    ::mallopt(M_TRIM_THRESHOLD, kKeptPerArena);
    constexpr rlim_t kPlenty = rlim_t{8} << 30U;
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < kPlenty) {
        ::mallopt(M_ARENA_MAX, 1);
    }
}

void fail_for_memory() { throw std::bad_alloc(); }

bool keep_memory_reserve() noexcept {
    if (!take_reserve()) {
        return false;
    }
    std::set_new_handler(on_refused);
    std::set_terminate(end_for_exception);
    return true;
}

bool has_room_for_threads(std::size_t count, std::size_t stack) noexcept {
    pthread_attr_t usual;
    if (stack == 0 && ::pthread_getattr_default_np(&usual) == 0) {
        ::pthread_attr_getstacksize(&usual, &stack);
        ::pthread_attr_destroy(&usual);
    }
    const std::size_t size = count * (stack + kSegment) + kSegment;  // and some for the others
    void* const memory =
        ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    ::munmap(memory, size);
    return true;
}

bool is_memory_short() noexcept {
    return reserve.load(std::memory_order_acquire) == nullptr &&
           std::get_new_handler() == on_refused && !take_reserve();
}

void release_program_pages() noexcept { ::dl_iterate_phdr(release_segments, nullptr); }

// The program has mimalloc, and with it a definition of its own (allocator.cc).
__attribute__((weak)) void release_free_memory() noexcept { ::malloc_trim(0); }

void release_libc_memory() noexcept { ::malloc_trim(0); }

}  // namespace base
