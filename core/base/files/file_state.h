// Which file something is, and in which state, as stat(2) tells: each of these knows what its users
// ask for, and no more. Values; any thread.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <compare>
#include <cstdint>

namespace base {

// What a descriptor or a name stands for: a socket, a pipe or a file. (All of eventfd(2)'s and
// epoll(7)'s kind share one.)
struct FileIdentity {
    dev_t device = 0;
    ino_t number = 0;

    static FileIdentity of(int fd);  // all 0: it is not open
    static FileIdentity of(const struct stat& facts);
    auto operator<=>(const FileIdentity&) const = default;
};

// What tells one content of a file from the next without reading it. The time of its last
// modification alone does not: rsync and tar set it, and in images of containers all are the same.
// That of its last change would also tell of a chmod, and of a backup that makes a hard link, and
// the device of a file system that is mounted anew: no reason to load an application or a table
// again.
struct FileVersion {
    struct Time {
        std::int64_t seconds = 0;  // since the epoch; any, as whoever sets it likes
        std::int64_t nanoseconds = 0;
        bool operator==(const Time&) const = default;
    };
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    Time modified;
    bool operator==(const FileVersion&) const = default;

    static FileVersion of(const struct stat& facts);
};

// What stands at a name, so that a change can be seen where nobody tells of changes. For rules
// about who may have what: a chmod counts, another file system counts, and that there is no file,
// too.
struct FileStamp {
    int error = 0;  // of stat(); then the rest is 0
    dev_t device = 0;
    FileVersion version;
    std::int64_t changed = 0;  // by now(): nobody sets it
    bool operator==(const FileStamp&) const = default;

    static FileStamp of(int error, const struct stat& facts);
    // By the clock that files get their times from; nanoseconds.
    static std::int64_t now();
    // Within a tick of that clock a second change looks like the first: what had changed a moment
    // before it was looked at may have changed unseen.
    [[nodiscard]] bool is_settled(std::int64_t looked_at) const {
        constexpr std::int64_t kTick = 2'000'000'000;
        return error != 0 || changed + kTick <= looked_at;
    }
};

}  // namespace base
