// What a descriptor leads to, found out without asking its file system anything: FUSE or NFS may
// take for ever to answer, and whoever serves others cannot wait. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace base {

// The mounts that a process can see, as /proc/self/mountinfo lists them.
class MountTable {
public:
    explicit MountTable(std::string_view mountinfo);

    // Whether the kernel itself reads the files of mount number `id`, from a disk or memory of this
    // machine. False for those that it does not know, as of another mount namespace.
    [[nodiscard]] bool is_local(std::uint64_t id) const { return local_.contains(id); }

private:
    std::set<std::uint64_t> local_;
};

// The size of a regular file of a local file system: reading it keeps nobody waiting but for a
// disk. Nothing for whatever else `fd` is.
std::optional<std::uint64_t> size_of_local_file(int fd);

}  // namespace base
