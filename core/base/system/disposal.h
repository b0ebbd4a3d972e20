// Descriptors that somebody else has chosen. Closing one may take any time: a socket lingers for as
// many seconds as its maker has asked for (SO_LINGER), and a file system of a tenant's (FUSE, a
// hung NFS) answers when it likes. Whoever serves others therefore never closes one, but disposes
// of it. Any thread.
#pragma once

#include <utility>

#include "core/base/system/fd.h"

namespace base {

// Closes it in a thread that nobody waits for, and lets no socket linger. Never blocks.
void dispose(Fd fd) noexcept;

// The owner of a descriptor that came from another process: whatever becomes of it, it is disposed
// of. So is a socket in whose queue such descriptors may lie, which are closed with it.
class ForeignFd {
public:
    ForeignFd() = default;
    explicit ForeignFd(Fd fd) : fd_(std::move(fd)) {}
    ForeignFd(ForeignFd&& other) noexcept = default;
    ForeignFd& operator=(ForeignFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::move(other.fd_);
        }
        return *this;
    }
    ForeignFd(const ForeignFd&) = delete;
    ForeignFd& operator=(const ForeignFd&) = delete;
    ~ForeignFd() { reset(); }

    [[nodiscard]] int get() const { return fd_.get(); }
    [[nodiscard]] bool is_open() const { return fd_.is_open(); }
    void reset() {
        if (fd_.is_open()) {
            dispose(std::move(fd_));
        }
    }
    // It is one that may be closed like any other: its sender is trusted, or it has been looked at.
    [[nodiscard]] Fd trust() { return std::move(fd_); }

    // A regular file that may be read. Asks for what the kernel knows by itself: a file system of a
    // tenant's is not waited for.
    [[nodiscard]] bool is_readable_file() const;

private:
    Fd fd_;
};

}  // namespace base
