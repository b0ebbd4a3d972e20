// A file in two steps: what a name leads to, at which one may look, and which is opened afterwards
// whatever the name means by then. Opening a device may do something, so one looks first. Any
// thread.
#pragma once

#include "core/base/system/fd.h"

namespace base {

// What open(2) with O_PATH has given, opened to be read. Waits neither for the writer of a pipe nor
// for whoever has a lease (EWOULDBLOCK). Not open, with errno, where that fails.
Fd reopen_to_read(const Fd& place);

}  // namespace base
