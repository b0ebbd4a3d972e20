// C++ allocates with mimalloc: this file defines operator new and delete for the program that links
// it. Not part of the folder's library: sanitizer builds and tests keep their own allocator.
#include <mimalloc-new-delete.h>
#include <mimalloc.h>

#include "core/base/memory.h"

namespace base {

void release_free_memory() noexcept { mi_collect(true); }

}  // namespace base
