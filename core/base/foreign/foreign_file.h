// Opening what a tenant may have put there. Nobody waits: not for the writer of a pipe, nor for
// whoever has a lease (fcntl(2)). And no link of procfs is followed to what a descriptor of this
// process is open on: memory that processes share, and files whose directory nobody else may enter,
// are reached by no other name. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace base {

// openat(2) but for those links: -1 with ELOOP.
int open_without_magic(int directory, const char* path, int flags);

// To be read: a regular file, and nothing else is opened on the way to knowing that: opening a
// device may do something.
Result<Fd> open_regular_file(const std::string& path);
// All of it.
Result<std::string> read_regular_file(const std::string& path, std::size_t bytes_max);

}  // namespace base
