// What else is asked about the descriptors that forked_child.h notes. No lock: the answer may be
// old.
#pragma once

namespace base {

// It is one of the server's own.
[[nodiscard]] bool is_own_descriptor(int fd);
// The lowest of them from `from` on, which is not negative; -1: there is none.
[[nodiscard]] int first_own_descriptor(int from);

}  // namespace base
