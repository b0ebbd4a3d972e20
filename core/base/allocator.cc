// C++ allocates with mimalloc: this file defines operator new and delete for the program that links
// it. Not part of the folder's library: sanitizer builds and tests keep their own allocator.
#include <mimalloc-new-delete.h>
#include <mimalloc.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <string_view>

#include "core/base/memory.h"

namespace base {
namespace {

// Where nobody has a new_handler, mimalloc would abort, without a word and with a core dump each
// time.
void end_without_memory(int error, void*) {
    if (error == ENOMEM && std::get_new_handler() == nullptr) {
        constexpr std::string_view kText =
            "hoopsnake: out of memory; the limit may be RLIMIT_AS (ulimit -v) or MemoryMax=\n";
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
        ::_exit(EXIT_FAILURE);
    }
}

// Before anything is constructed that allocates.
__attribute__((constructor(101))) void say_when_memory_ends() {
    mi_register_error(end_without_memory, nullptr);
}

}  // namespace

// What mimalloc, which is compiled as C, asks for the new_handler: its own answer is that there is
// none (CMakeLists.txt).
extern "C" std::new_handler hoopsnake_new_handler() { return std::get_new_handler(); }

// allocator_spans.c. noexcept, as is all that is called here: a function that has to catch would
// bring a hidden reference to the personality routine, which becomes this object's own with
// mimalloc's names (CMakeLists.txt), and nobody else's exceptions find theirs.
extern "C" void hoopsnake_give_back_free_spans() noexcept;

void release_free_memory() noexcept {
    mi_collect(true);
    hoopsnake_give_back_free_spans();
}

}  // namespace base
