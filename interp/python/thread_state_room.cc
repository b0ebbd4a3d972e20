#include "interp/python/thread_state_room.h"

#include <cstddef>
#include <utility>

#include "core/base/memory.h"
#include "interp/python/py_compat.h"

namespace interp::py {
namespace {

// Of bytes; a thread state has some hundreds. So much more that whoever runs out of memory is told
// here, where it can be said, rather than a moment later by what is made next.
constexpr std::size_t kSize = std::size_t{64} * 1024;

PyMemAllocatorEx its{};  // CPython's own, below ours; written by open()
thread_local void* set_aside = nullptr;

// CPython takes thread states from here, and little else. Nothing is added where memory is found.
void* take(void* context, std::size_t count, std::size_t size) {
    void* const memory = its.calloc(context, count, size);
    if (memory != nullptr || set_aside == nullptr || size == 0 || count > kSize / size) {
        return memory;
    }
    return std::exchange(set_aside, nullptr);
}

}  // namespace

void ThreadStateRoom::open() {
    if (kThreadStatesAreNotChecked) {
        PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &its);
        PyMemAllocatorEx ours = its;
        ours.calloc = take;
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &ours);
    }
}

ThreadStateRoom::ThreadStateRoom() {
    if (kThreadStatesAreNotChecked) {
        set_aside = its.calloc(its.ctx, 1, kSize);
        if (set_aside == nullptr) {
            base::fail_for_memory();
        }
    }
}

ThreadStateRoom::~ThreadStateRoom() {
    if (set_aside != nullptr) {
        its.free(its.ctx, std::exchange(set_aside, nullptr));
    }
}

}  // namespace interp::py
