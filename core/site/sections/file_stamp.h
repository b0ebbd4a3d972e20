// FileStamp: what stat() tells of a file, so that a change can be seen where nobody tells of
// changes. A value; asks the file system, any thread.
#pragma once

#include <cstdint>
#include <string>

namespace site {

struct FileStamp {
    int error = 0;  // of stat()
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified = 0;  // nanoseconds
    std::int64_t changed = 0;
    bool operator==(const FileStamp&) const = default;

    static FileStamp of(const std::string& path, bool follows_last);
    // By the clock that files get their times from; nanoseconds.
    static std::int64_t now();
    // Within a tick of that clock a second change looks like the first: what had changed a moment
    // before it was looked at may have changed unseen.
    [[nodiscard]] bool is_settled(std::int64_t looked_at) const {
        constexpr std::int64_t kTick = 2'000'000'000;
        return error != 0 || changed + kTick <= looked_at;
    }
};

}  // namespace site
