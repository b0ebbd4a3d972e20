// What a program of ours does about children that an application forks: such a child is a copy of
// the server with one thread, whose descriptors are the server's own and whose locks may be held by
// threads that it does not have. It gets none of the descriptors, and whoever is asked to do the
// server's work looks here first.
#pragma once

#include <atomic>
#include <cstddef>

namespace base {

namespace detail {
extern std::atomic<bool> is_forked_child;
}

// Once per process that runs applications, before it has a second thread. Children that are forked
// from then on lose every descriptor that is noted below, in the moment in which they begin.
void notice_forked_children();

// Whether this is such a child. Any thread.
[[nodiscard]] inline bool is_forked_child() {
    return detail::is_forked_child.load(std::memory_order_relaxed);
}

// The child that this thread is about to fork cannot live: it ends before anything runs in it.
void end_next_child_of_this_thread(bool must_end);

// Of a child of our own, before it opens anything: what its parent had open is not open here.
void forget_closed_descriptors();

// Which descriptors are the server's own: those of each base::Fd, and what other libraries have
// opened for us. No lock: a child reads it whoever was about to change it.
// One that is noted already has been closed by somebody else, or the kernel would not have given
// its number out again. Where applications run this ends the process (lost_descriptor.h): its owner
// would send what is another's.
void note_own_descriptor(int fd);
// False: it is not ours (any more), and its number may mean something else by now.
bool forget_own_descriptor(int fd);
// How many are noted.
std::size_t own_descriptor_count();

}  // namespace base
