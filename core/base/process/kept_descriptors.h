// Descriptors of the server that code of applications must not close: a second close(2) of a number
// that is the server's by now is an application's everyday mistake, and what then has the number
// gets what others are to be sent. Whoever closes by the names of the C library (Python itself, and
// its extension modules) is told that the number is not open, as it would be without a server in
// the same process. What makes the system call itself is not stopped: DescriptorWatch finds that.
#pragma once

namespace base {

// In this process, and not in the children that it forks. Once, before it has a second thread; what
// is the server's own, forked_child.h knows.
void keep_own_descriptors();

}  // namespace base
