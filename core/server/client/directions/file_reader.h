// Pieces of files that an event loop would have to wait for: those that are not in memory, and all
// of a file system that may never answer. Threads read them, in the lane of that file system or, on
// a disk, of the virtual host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/foreign/lanes.h"
#include "core/base/system/fd.h"
#include "core/loop/loop.h"

namespace server {

// A piece of a file that is to be sent.
struct FilePart {
    int file = -1;
    std::uint64_t offset = 0;
    std::size_t count = 0;
    bool is_slow = false;    // it lies where nobody may answer
    std::uint32_t host = 0;  // whose it is
};

// One piece. Whoever has asked lets go of it when he does not wait any more.
struct FileRead {
    // Fixed once it has begun.
    base::Fd file;  // a duplicate: the asker's may be closed meanwhile
    std::uint64_t offset = 0;
    std::size_t count = 0;
    // The thread's until `done` is called.
    std::string bytes;  // empty: there is no more, or an error
    // Loop thread. Empty: nobody waits.
    std::function<void()> done;
};

// Loop thread only; outlives what it has begun.
class FileReader {
public:
    // `disks`: threads that no file system which does not answer can hold.
    FileReader(loop::Loop& loop, base::Lanes& disks, base::Lanes& mounts)
        : loop_(loop), disks_(disks), mounts_(mounts) {}

    // Reads from the front of `part`, and calls `done` in a later turn. Null: too much waits, and
    // it is not slow: the loop has to wait for the disk.
    [[nodiscard]] std::shared_ptr<FileRead> read(const FilePart& part, std::function<void()> done);

private:
    loop::Loop& loop_;
    base::Lanes& disks_;
    base::Lanes& mounts_;
};

}  // namespace server
