// One non-blocking try of a one-shot operation by a plain system call. Any thread; no state.
#pragma once

#include "core/loop/operation.h"

namespace loop {

// The result as the system call's, or -errno; -EAGAIN: not ready. Never -EINTR. Not for multishot
// kinds.
int attempt(const Request& request);

// One accept4(2): a non-blocking, close-on-exec descriptor, or -errno. Never -EINTR.
int accept_now(int listener);

// A client gave up between the handshake and accept(2); the listener itself is fine (accept(2),
// "Error handling").
bool is_failed_handshake(int error);

}  // namespace loop
