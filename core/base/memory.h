// What a process gives back to the machine once it has started.
#pragma once

namespace base {

// Unmaps the program's own read-only pages (code, constants): what is needed again comes back from
// the page cache, and what only the start has needed does not. For processes of which many wait and
// few work.
void release_program_pages() noexcept;

}  // namespace base
