// What a descriptor leads to, found out without asking its file system anything: FUSE or NFS may
// take for ever to answer, and whoever serves others cannot wait. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The mounts that a process can see, as /proc/self/mountinfo lists them.
class MountTable {
public:
    explicit MountTable(std::string_view mountinfo);

    // Whether the kernel itself reads the files of mount number `id`, from a disk or memory of this
    // machine. False for those that it does not know, as of another mount namespace.
    [[nodiscard]] bool is_local(std::uint64_t id) const { return local_.contains(id); }

    // Some of them may never answer: files come from a program or another machine. What the kernel
    // makes up itself (/proc and the like) is neither local nor one of these.
    [[nodiscard]] bool has_slow() const { return !slow_.empty(); }
    [[nodiscard]] bool is_slow(std::uint64_t id) const;
    // Where the one of them is mounted that `path` lies in, by its name alone; "": in none.
    [[nodiscard]] std::string_view slow_above(std::string_view path) const;

private:
    struct Slow {
        std::uint64_t id = 0;
        std::string point;
    };
    std::set<std::uint64_t> local_;
    std::vector<Slow> slow_;
};

// As they are now.
std::shared_ptr<const MountTable> current_mount_table();
// Another number whenever somebody who asked for them has found others: what a name led to before
// may be covered now. No system call.
std::uint64_t mount_changes();

// The number of the mount that `fd` lies on where that may never answer.
std::optional<std::uint64_t> slow_mount_of(int fd);

// The size of a regular file of a local file system: reading it keeps nobody waiting but for a
// disk. Nothing for whatever else `fd` is.
std::optional<std::uint64_t> size_of_local_file(int fd);

}  // namespace base
