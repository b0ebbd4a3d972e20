// BlockObserver: who wants to know that a request waits. No Python.h here.
#pragma once

namespace interp {

// What a Worker calls around a wait inside a request, so that its pool can let another thread
// follow.
class BlockObserver {
public:
    virtual ~BlockObserver() = default;
    virtual void on_blocked() noexcept = 0;    // the GIL has been released
    virtual void on_unblocked() noexcept = 0;  // about to ask for the GIL again
};

}  // namespace interp
