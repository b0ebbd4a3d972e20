#include "core/base/foreign/file_systems.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/files/read_to_end.h"
#include "core/base/system/fd.h"

namespace base {
namespace {

// Their files come from a program, from another machine, or from the kernel's own state everywhere
// else. overlay is what containers live on.
constexpr std::array<std::string_view, 20> kLocal = {
    "bcachefs", "btrfs",    "erofs",   "exfat", "ext2",  "ext3",   "ext4",
    "f2fs",     "hfsplus",  "iso9660", "jfs",   "msdos", "nilfs2", "ntfs3",
    "overlay",  "squashfs", "tmpfs",   "udf",   "vfat",  "xfs",
};
// Modules of their own, and as local.
constexpr std::array<std::string_view, 2> kLocalModules = {"reiserfs", "zfs"};

// Nobody has to be asked about these.
constexpr std::array<std::string_view, 24> kOfKernel = {
    "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs",  "debugfs",
    "devpts",      "devtmpfs",   "efivarfs",   "fusectl",   "hugetlbfs", "mqueue",
    "nfsd",        "nsfs",       "proc",       "pstore",    "ramfs",     "resctrl",
    "rootfs",      "rpc_pipefs", "securityfs", "selinuxfs", "sysfs",     "tracefs",
};

bool is_of_kernel(std::string_view type) {
    return std::ranges::find(kOfKernel, type) != kOfKernel.end();
}

bool lies_in(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) &&
           (path.size() == directory.size() || directory.ends_with('/') ||
            path[directory.size()] == '/');
}

// What is mounted over parts of them (binfmt_misc by autofs, lxcfs) holds no site.
bool is_in_state_of_kernel(std::string_view point) {
    return lies_in(point, "/proc") || lies_in(point, "/sys") || lies_in(point, "/dev");
}

// Blanks and backslashes are three octal digits there.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
            out.push_back(static_cast<char>(code));
            i += 3;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

// The fifth word of a line.
std::string_view mount_point_of(std::string_view line) {
    for (int i = 0; i < 4; ++i) {
        line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
    }
    return line.substr(0, line.find(' '));
}

bool is_local_type(std::string_view type) {
    return std::ranges::find(kLocal, type) != kLocal.end() ||
           std::ranges::find(kLocalModules, type) != kLocalModules.end();
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

// Of a file of the kernel's; empty where it cannot be read.
std::string kernel_text(int fd) {
    constexpr std::size_t kBytesMax = 64 << 20;
    return read_to_end(fd, kBytesMax, "").value_or(std::string());
}

// The table as it is now. A mount's number is given to another one once it is gone; the descriptor
// of mountinfo tells of that (proc_pid_mountinfo(5)).
class CurrentMounts {
public:
    std::shared_ptr<const MountTable> get() {
        const std::scoped_lock lock(mutex_);
        if (!mountinfo_.is_open()) {
            mountinfo_ = Fd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
        }
        pollfd changed{.fd = mountinfo_.get(), .events = POLLPRI, .revents = 0};
        const bool has_changed =
            ::poll(&changed, 1, 0) > 0 && (changed.revents & (POLLPRI | POLLERR)) != 0;
        if (table_ == nullptr || has_changed) {
            ::lseek(mountinfo_.get(), 0, SEEK_SET);
            const std::string text = kernel_text(mountinfo_.get());
            if (text.empty()) {
                // No descriptor was free: the next one who asks tries again.
                return std::make_shared<const MountTable>("");
            }
            changes_.fetch_add(table_ == nullptr ? 0 : 1, std::memory_order_relaxed);
            table_ = std::make_shared<const MountTable>(text);
        }
        return table_;
    }
    [[nodiscard]] std::uint64_t changes() const { return changes_.load(std::memory_order_relaxed); }

private:
    std::mutex mutex_;
    // Guarded by mutex_.
    Fd mountinfo_;
    std::shared_ptr<const MountTable> table_;
    // Any thread.
    std::atomic<std::uint64_t> changes_{0};
};

CurrentMounts& current_mounts() {
    static CurrentMounts mounts;
    return mounts;
}

// Before Linux 5.8, statx(2) does not tell.
std::optional<std::uint64_t> mount_of(int fd) {
    const Fd about(::open(fmt::format("/proc/self/fdinfo/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
    const std::string text = about.is_open() ? kernel_text(about.get()) : std::string();
    constexpr std::string_view kLine = "mnt_id:";
    const auto found = text.find(kLine);
    if (found == std::string::npos) {
        return std::nullopt;
    }
    const auto begin = text.find_first_not_of(" \t", found + kLine.size());
    return begin == std::string::npos ? std::nullopt
                                      : number_of(std::string_view(text).substr(begin));
}

}  // namespace

// Lines like "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue".
MountTable::MountTable(std::string_view mountinfo) {
    while (!mountinfo.empty()) {
        const auto line = mountinfo.substr(0, mountinfo.find('\n'));
        mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
        const auto dash = line.find(" - ");
        const auto id = number_of(line);
        if (!id || dash == std::string_view::npos) {
            continue;
        }
        const auto rest = line.substr(dash + 3);
        const auto type = rest.substr(0, rest.find(' '));
        const auto point = mount_point_of(line);
        if (is_local_type(type)) {
            local_.insert(*id);
        } else if (!is_of_kernel(type) && !is_in_state_of_kernel(point)) {
            slow_.push_back({*id, unescaped(point)});
        }
    }
}

bool MountTable::is_slow(std::uint64_t id) const {
    return std::ranges::find(slow_, id, &Slow::id) != slow_.end();
}

std::string_view MountTable::slow_above(std::string_view path) const {
    std::string_view found;
    for (const Slow& slow : slow_) {
        if (slow.point.size() > found.size() && lies_in(path, slow.point)) {
            found = slow.point;
        }
    }
    return found;
}

std::shared_ptr<const MountTable> current_mount_table() { return current_mounts().get(); }

std::uint64_t mount_changes() { return current_mounts().changes(); }

std::optional<std::uint64_t> slow_mount_of(int fd) {
    struct statx facts {};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &facts) != 0 ||
        (facts.stx_mask & STATX_MNT_ID) == 0 ||
        !current_mounts().get()->is_slow(facts.stx_mnt_id)) {
        return std::nullopt;
    }
    return facts.stx_mnt_id;
}

std::optional<std::uint64_t> size_of_local_file(int fd) {
    struct statx facts {};
    // What the kernel knows already: without it, FUSE and NFS would be asked.
    if (::statx(
            fd,
            "",
            AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
            STATX_TYPE | STATX_SIZE | STATX_MNT_ID,
            &facts
        ) != 0 ||
        !S_ISREG(facts.stx_mode)) {
        return std::nullopt;
    }
    const auto mount = (facts.stx_mask & STATX_MNT_ID) != 0
                           ? std::optional<std::uint64_t>(facts.stx_mnt_id)
                           : mount_of(fd);
    if (!mount || !current_mounts().get()->is_local(*mount)) {
        return std::nullopt;
    }
    // Past the cache each read waits for the disk.
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_DIRECT) != 0) {
        return std::nullopt;
    }
    return facts.stx_size;
}

}  // namespace base
