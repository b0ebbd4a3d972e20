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

}  // namespace base
