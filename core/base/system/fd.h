// Fd: the owner of one file descriptor. Move-only; closes on destruction. Any thread, one at a
// time. A child that an application forks does not get it (forked_child.h).
#pragma once

#include <unistd.h>

#include <utility>

#include "core/base/system/forked_child.h"

namespace base {

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) { note_own_descriptor(fd); }
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] int release() {
        forget_own_descriptor(fd_);
        return std::exchange(fd_, -1);
    }
    void reset(int fd = -1) {
        if (fd_ >= 0 && forget_own_descriptor(fd_)) {
            ::close(fd_);
        }
        fd_ = fd;
        note_own_descriptor(fd);
    }

private:
    int fd_ = -1;
};

}  // namespace base
