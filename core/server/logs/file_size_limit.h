// FileSizeLimit: how large the files may be that this process writes (RLIMIT_FSIZE), as that was
// when it started. Other processes of its user can lower it (prlimit(2)): in embedded mode
// applications are such, and no log would take a line any more. Any thread.
#pragma once

#include <sys/resource.h>

namespace server {

class FileSizeLimit {
public:
    // With which a process ends that is to be replaced by one that can write.
    static constexpr int kExitCode = 3;

    enum class Found {
        kAsEver,   // a file is as large as it may be
        kLowered,  // it is as it was again
        kLost,     // and only a new process has another
    };

    FileSizeLimit() { ::getrlimit(RLIMIT_FSIZE, &limit_); }
    // Something could not be written because it would be too large.
    [[nodiscard]] Found put_back() const;

private:
    rlimit limit_{RLIM_INFINITY, RLIM_INFINITY};
};

}  // namespace server
