// How the kernel schedules the calling thread.
#pragma once

namespace base {

// For threads that work in batches: being woken does not interrupt whoever runs on the same core
// (SCHED_BATCH), so that one side finishes its batch before the other begins. An idle core still
// takes the thread at once. Halves the context switches per request where server and application
// share a core; programs that the thread starts are not affected.
void run_in_batches() noexcept;

}  // namespace base
