// What a process gives back to the machine once it has started.
#pragma once

#include <cstddef>

namespace base {

// Unmaps the program's own read-only pages (code, constants): what is needed again comes back from
// the page cache, and what only the start has needed does not. For processes of which many wait and
// few work.
void release_program_pages() noexcept;

// Gives back what this thread has freed of C++ objects and its allocator keeps for later: reading
// ten thousand virtual hosts leaves as much of it behind as they need, and so does a crowd.
void release_free_memory() noexcept;
// The same for libc's allocator, which is Python's, and all threads; others that allocate wait.
void release_libc_memory() noexcept;

// How much libc's allocator, which is Python's, keeps for later: objects of several MiB go back as
// soon as they are freed, of the others some MiB per thread stay. Left to itself it learns from the
// largest object that it has seen, and each thread that an answer of 20 MB was made by keeps as
// much for good. Where addresses are few (RLIMIT_AS) it does without 64 MiB of them per thread.
// Before there are threads.
void bound_libc_memory() noexcept;

// From now on a C++ allocation that the system refuses is met from a reserve, once, and after that
// throws std::bad_alloc, which whoever makes much on somebody else's behalf catches; without this
// the allocator would end the process. Where nobody catches it, the process ends with a sentence.
// False: there is not even room for the reserve.
[[nodiscard]] bool keep_memory_reserve() noexcept;
// For whoever finds by himself that there is no memory: throws std::bad_alloc, as operator new
// does.
[[noreturn]] void fail_for_memory();
// Whether the address space (RLIMIT_AS) has room for so many threads more, each with a stack of
// `stack` bytes (0: the usual one) and what its allocator takes at once.
[[nodiscard]] bool has_room_for_threads(std::size_t count, std::size_t stack = 0) noexcept;
// The reserve has been used up and cannot be had back yet: nothing large should be begun. Tries to
// have it back. Any thread.
[[nodiscard]] bool is_memory_short() noexcept;

}  // namespace base
