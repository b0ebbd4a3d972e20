// TenantFile: the owner of a descriptor of a regular file that a tenant may have made. Where it is
// the last one, close(2) does all that unlink(2) has left: the kernel lets go of the file's pages
// and blocks, which takes seconds if they are many and scattered, and milliseconds if they are few.
// Whoever serves others does not wait for that. Any thread.
#pragma once

#include <utility>

#include "core/base/system/fd.h"

namespace base {

class TenantFile {
public:
    TenantFile() = default;
    explicit TenantFile(Fd file) : fd_(std::move(file)) {}
    TenantFile(TenantFile&& other) noexcept = default;
    TenantFile& operator=(TenantFile&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::move(other.fd_);
        }
        return *this;
    }
    TenantFile(const TenantFile&) = delete;
    TenantFile& operator=(const TenantFile&) = delete;
    ~TenantFile() { reset(); }

    [[nodiscard]] int get() const { return fd_.get(); }
    [[nodiscard]] bool is_open() const { return fd_.is_open(); }
    // Closes it; in a thread that nobody waits for where it is large or has no name any more. A
    // small one that has one costs a system call to find that out, and wakes nobody.
    void reset() noexcept;
    // For whoever closes it otherwise.
    [[nodiscard]] Fd release() { return std::move(fd_); }

private:
    Fd fd_;
};

}  // namespace base
