// SIGTERM and SIGINT in a process that runs Python: a handler, not a blocked mask, so that programs
// which applications start do not inherit a blocked one; it does nothing but write to an eventfd. A
// child that an application forks shares that eventfd, and is to stop itself instead of its parent:
// there both signals have their usual action again.
#pragma once

#include "core/base/fd.h"
#include "core/base/result.h"

namespace server {

class StopSignal {
public:
    // Once per process.
    static base::Result<StopSignal> install();
    // Readable once a signal has come.
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    explicit StopSignal(base::Fd fd) : fd_(std::move(fd)) {}
    base::Fd fd_;
};

}  // namespace server
