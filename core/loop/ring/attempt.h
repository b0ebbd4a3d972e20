// One non-blocking try of a one-shot operation by a plain system call. Any thread; no state.
#pragma once

#include <cstddef>

#include "core/loop/ring/operation.h"

namespace loop {

// What one operation may send at most. More would keep the other connections of the loop waiting,
// and io_uring counts in 32 bits: of exactly 4 GiB it would send nothing, for ever.
inline constexpr std::size_t kSendBytesMax = (std::size_t{1} << 20) + (std::size_t{64} << 10);

// The result as the system call's, or -errno; -EAGAIN: not ready. Never -EINTR. Not for multishot
// kinds and kReceiveOnce. Sends at most `bytes_max`, but for messages.
int attempt(const SystemCall& request, std::size_t bytes_max = kSendBytesMax);

// Whether the next `bytes_max` bytes of a file that is to be sent are in memory, as far as a few
// looks tell. True where the kernel does not say, and at the file's end.
bool is_in_memory(const SystemCall& request, std::size_t bytes_max);

// One accept4(2): a non-blocking, close-on-exec descriptor, or -errno. Never -EINTR.
int accept_now(int listener);

// A client gave up between the handshake and accept(2); the listener itself is fine (accept(2),
// "Error handling").
bool is_failed_handshake(int error);

}  // namespace loop
