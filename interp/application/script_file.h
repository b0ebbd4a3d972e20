// A script's file: whoever opens it looks at what it has opened, because a name may mean another
// file by the time that it is used.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "core/base/system/fd.h"
#include "interp/wsgi/settings.h"

namespace interp {

// `filename`, an absolute path, to be read; never waits. Closed: errno says why. Where an owner is
// wanted, it is that of the file and of the directory in which the file was found, and neither may
// be writable by others; if that is not so, `complaint` says it and errno is EACCES.
base::Fd open_script(const std::string& filename, const ScriptOwner& owner, std::string& complaint);

// What tells one content of a script from the next without reading it. The time of its last
// modification alone does not: rsync and tar set it, and in images of containers all are the same.
// That of its last change would also tell of a chmod, and of a backup that makes a hard link: no
// reason to load an application again.
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

    static FileVersion of(const struct stat& status);
};

}  // namespace interp
