// Looking at what a path leads to. Whoever serves others must not wait for a file system that may
// never answer (a program's, another machine's); a thread beside it may. Any thread.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/base/foreign/file_systems.h"

namespace site {

// As long as one lives, this thread's look_at() waits for disks only, and gives up where it would
// have to wait for more, or would have to follow a symbolic link to find that out. Not so where
// `mounts` is null or has nothing to wait for, or the kernel is older than 5.12.
class WithoutWaiting {
public:
    // `serves_others`: nothing else that may take long is begun, either; see give_up().
    explicit WithoutWaiting(const base::MountTable* mounts, bool serves_others = false);
    ~WithoutWaiting();
    WithoutWaiting(const WithoutWaiting&) = delete;
    WithoutWaiting& operator=(const WithoutWaiting&) = delete;

    // Of file systems.
    [[nodiscard]] static bool is_asked_for();
    // For whoever is about to ask a name service, or to read what may be large. False: he may.
    [[nodiscard]] static bool give_up();
    // Somebody has given up: what has been found out since is wrong, and is not to be kept.
    [[nodiscard]] static bool has_given_up();
    // At which file system, by where it is mounted; "" where that is not known, as behind a
    // symbolic link.
    [[nodiscard]] const std::string& where() const { return where_; }

    // For look_at().
    void give_up_at(const std::string& path);
    [[nodiscard]] const base::MountTable& mounts() const { return *mounts_; }

private:
    friend int look_at(const std::string& path, struct stat& status, bool follows);

    const base::MountTable* const mounts_;
    const bool serves_others_;
    WithoutWaiting* const outer_;
    bool has_given_up_ = false;
    std::string where_;
};

// stat(2), or lstat(2) where it does not follow a link at the end; 0 or an errno. EAGAIN: given up.
int look_at(const std::string& path, struct stat& status, bool follows);

}  // namespace site
