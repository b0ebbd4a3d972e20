// Descriptors that somebody else has chosen. Closing one may take any time: a socket lingers for as
// many seconds as its maker has asked for (SO_LINGER), a UNIX socket closes what lies in its queue,
// and a file system of a tenant's (FUSE, a hung NFS) answers when it likes. Whoever serves others
// therefore never closes one, but disposes of it. Any thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/base/system/fd.h"

namespace base {

// Who is to blame if closing takes long: a group of processes, a mount. What stands in one lane
// holds up nobody in another: each has a thread of its own while something waits in it. A value;
// those of one name are one lane.
class DisposalLane {
public:
    explicit DisposalLane(std::string name)
        : name_(std::make_shared<const std::string>(std::move(name))) {}

    // More waits in it than is left to all others, so that nothing more is to be accepted from
    // whoever fills it: one alone may have a sixteenth of the descriptor table, of those who fill
    // several each has as much as it leaves free.
    [[nodiscard]] bool is_full() const;

private:
    friend class ForeignFd;
    friend void dispose(Fd fd, const DisposalLane& lane) noexcept;
    DisposalLane() = default;  // of no descriptor
    std::shared_ptr<const std::string> name_;
};

// Closes it in a thread that nobody waits for, and lets no socket linger. Never blocks, and takes
// it though the lane is full.
void dispose(Fd fd, const DisposalLane& lane) noexcept;

// A file, in the lane of the mount that it lies on, whoever has mounted that.
void dispose_by_mount(Fd file) noexcept;

// Where a thread could not be started, another attempt: the last ones of a crowd would stay open
// until somebody disposes of something again. Now and then, by a thread that may be held up.
void man_disposal();

// The owner of a descriptor that came from another process: whatever becomes of it, it is disposed
// of.
class ForeignFd {
public:
    // None.
    ForeignFd() = default;
    ForeignFd(Fd fd, const DisposalLane& lane) : fd_(std::move(fd)), lane_(lane) {}
    ForeignFd(ForeignFd&& other) noexcept = default;
    ForeignFd& operator=(ForeignFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::move(other.fd_);
            lane_ = std::move(other.lane_);
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
            dispose(std::move(fd_), lane_);
        }
    }
    // It is one that may be closed like any other: its sender is trusted, or it has been looked at.
    [[nodiscard]] Fd trust() { return std::move(fd_); }

    // A regular file that may be read. Asks for what the kernel knows by itself: a file system of a
    // tenant's is not waited for.
    [[nodiscard]] bool is_readable_file() const;

private:
    Fd fd_;
    DisposalLane lane_;  // where fd_ is open
};

}  // namespace base
