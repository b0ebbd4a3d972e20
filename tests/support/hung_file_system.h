// A file system whose answers never come, as that of a tenant or a hung NFS: one directory with one
// file, "file", of a mebibyte. It can be opened and its attributes are known; reading and closing
// it are not answered until release() or the end of the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "core/base/system/fd.h"

namespace test {

class HungFileSystem {
public:
    enum class Hangs {
        kReads,  // as above
        kNames,  // looking the file up is not answered, either
    };
    // Mounts it at `directory`, which exists, in a mount namespace of this process's own; whoever
    // is started after that, or after has_own_mounts(), sees it. is_mounted(): false where FUSE is
    // not to be had (a container without /dev/fuse, no CAP_SYS_ADMIN).
    explicit HungFileSystem(std::string directory, Hangs hangs = Hangs::kReads);
    ~HungFileSystem();
    // Gives the process a mount namespace of its own, once.
    static bool has_own_mounts();
    HungFileSystem(const HungFileSystem&) = delete;
    HungFileSystem& operator=(const HungFileSystem&) = delete;

    [[nodiscard]] bool is_mounted() const { return is_mounted_; }
    [[nodiscard]] std::string file() const { return directory_ + "/file"; }
    // Somebody waits for an answer.
    [[nodiscard]] bool has_waiter() const { return waiting_ > 0; }
    // Whoever waits gets an error, now and later.
    void release();

private:
    void serve();
    bool answer(const char* request, std::size_t size);
    void reply(std::uint64_t unique, int error, const void* body, std::size_t size) const;

    const std::string directory_;
    const Hangs hangs_;
    bool is_mounted_ = false;
    base::Fd device_;
    base::Fd stop_;
    std::atomic<int> waiting_ = 0;
    std::thread thread_;
};

}  // namespace test
