// What a process gives back to the machine once it has started.
#pragma once

namespace base {

// Unmaps the program's own read-only pages (code, constants): what is needed again comes back from
// the page cache, and what only the start has needed does not. For processes of which many wait and
// few work.
void release_program_pages() noexcept;

// Gives back what C++ has freed and its allocator keeps for later: reading ten thousand virtual
// hosts leaves as much of it behind as they need.
void release_free_memory() noexcept;

// From now on a C++ allocation that the system refuses is met from a reserve, once, and after that
// throws std::bad_alloc, which whoever makes much on somebody else's behalf catches; without this
// the allocator would end the process.
void keep_memory_reserve() noexcept;
// The reserve has been used up and cannot be had back yet: nothing large should be begun. Tries to
// have it back. Any thread.
[[nodiscard]] bool is_memory_short() noexcept;

}  // namespace base
