#include "tests/support/hung_file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace test {
namespace {

constexpr std::uint64_t kFile = 2;  // 1 is the root
constexpr std::uint64_t kFileBytes = 1 << 20;
constexpr std::uint64_t kForAnHour = 3600;

fuse_attr attributes_of(std::uint64_t node) {
    fuse_attr attributes{};
    attributes.ino = node;
    attributes.nlink = 1;
    attributes.blksize = 4096;
    attributes.mode = node == kFile ? S_IFREG | 0644 : S_IFDIR | 0755;
    attributes.size = node == kFile ? kFileBytes : 0;
    return attributes;
}

}  // namespace

bool HungFileSystem::has_own_mounts() {
    static const bool has = ::unshare(CLONE_NEWNS) == 0 &&
                            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return has;
}

HungFileSystem::HungFileSystem(std::string directory, Hangs hangs)
    : directory_(std::move(directory)),
      hangs_(hangs),
      device_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (!device_.is_open() || !has_own_mounts()) {
        return;
    }
    const std::string options = fmt::format(
        "fd={},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", device_.get()
    );
    is_mounted_ =
        ::mount("hung", directory_.c_str(), "fuse.hung", MS_NODEV | MS_NOSUID, options.c_str()) ==
        0;
    if (is_mounted_) {
        thread_ = std::thread([this] { serve(); });
    }
}

HungFileSystem::~HungFileSystem() { release(); }

void HungFileSystem::release() {
    if (thread_.joinable()) {
        ::eventfd_write(stop_.get(), 1);
        thread_.join();
        device_.reset();  // the end of the connection: all requests fail
        ::umount2(directory_.c_str(), MNT_DETACH);
    }
}

void HungFileSystem::serve() {
    std::vector<char> request(kFileBytes + 4096);
    for (;;) {
        std::array<pollfd, 2> ready = {
            pollfd{.fd = device_.get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0 || ready[1].revents != 0) {
            return;
        }
        const ssize_t size = ::read(device_.get(), request.data(), request.size());
        if (size > 0 && !answer(request.data(), static_cast<std::size_t>(size))) {
            ++waiting_;
        }
    }
}

// False where it never comes.
bool HungFileSystem::answer(const char* request, std::size_t size) {
    fuse_in_header header{};
    std::memcpy(&header, request, sizeof header);
    const std::string_view rest(request + sizeof header, size - sizeof header);
    switch (header.opcode) {
        case FUSE_INIT: {
            fuse_init_out out{};
            out.major = FUSE_KERNEL_VERSION;
            out.minor = 31;
            out.max_readahead = 65536;
            out.max_background = 16;
            out.congestion_threshold = 12;
            out.max_write = 65536;
            reply(header.unique, 0, &out, sizeof out);
            return true;
        }
        case FUSE_LOOKUP: {
            if (hangs_ == Hangs::kNames) {
                return false;
            }
            fuse_entry_out out{};
            out.nodeid = out.attr.ino = kFile;
            out.entry_valid = out.attr_valid = kForAnHour;
            out.attr = attributes_of(kFile);
            const bool is_there = rest.substr(0, rest.find('\0')) == "file";
            reply(header.unique, is_there ? 0 : -ENOENT, &out, is_there ? sizeof out : 0);
            return true;
        }
        case FUSE_GETATTR: {
            fuse_attr_out out{};
            out.attr_valid = kForAnHour;
            out.attr = attributes_of(header.nodeid);
            reply(header.unique, 0, &out, sizeof out);
            return true;
        }
        case FUSE_OPEN: {
            const fuse_open_out out{};
            reply(header.unique, 0, &out, sizeof out);
            return true;
        }
        case FUSE_STATFS: {
            const fuse_statfs_out out{};
            reply(header.unique, 0, &out, sizeof out);
            return true;
        }
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            return true;  // want no answer
        default:
            return false;
    }
}

void HungFileSystem::reply(std::uint64_t unique, int error, const void* body, std::size_t size)
    const {
    fuse_out_header header{
        .len = static_cast<std::uint32_t>(sizeof header + size), .error = error, .unique = unique};
    const std::array<iovec, 2> parts = {
        iovec{.iov_base = &header, .iov_len = sizeof header},
        iovec{.iov_base = const_cast<void*>(body), .iov_len = size}};
    // An error means that whoever has asked is gone.
    static_cast<void>(::writev(device_.get(), parts.data(), size == 0 ? 1 : 2));
}

}  // namespace test
