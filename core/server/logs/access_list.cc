#include "core/server/logs/access_list.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace server {
namespace {

constexpr const char* kAttribute = "system.posix_acl_access";
constexpr std::size_t kAttributeBytesMax = 64 * 1024;  // XATTR_SIZE_MAX

}  // namespace

base::Result<AccessList> AccessList::of(const base::Fd& directory) {
    AccessList list;
    // What is open with O_PATH has no attributes to be read.
    const base::Fd readable(
        ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC)
    );
    if (!readable.is_open()) {
        return base::fail_errno("its access control list cannot be read", errno);
    }
    std::vector<char> bytes(kAttributeBytesMax);
    const ssize_t size = ::fgetxattr(readable.get(), kAttribute, bytes.data(), bytes.size());
    if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) {
        return list;
    }
    if (size < 0) {
        return base::fail_errno("its access control list cannot be read", errno);
    }
    list.lets_group_write_ = false;
    for (std::size_t at = sizeof(posix_acl_xattr_header);
         at + sizeof(posix_acl_xattr_entry) <= static_cast<std::size_t>(size);
         at += sizeof(posix_acl_xattr_entry)) {
        posix_acl_xattr_entry entry{};
        std::memcpy(&entry, bytes.data() + at, sizeof entry);
        const unsigned tag = le16toh(entry.e_tag);
        if ((le16toh(entry.e_perm) & ACL_WRITE) == 0) {
            continue;
        }
        if (tag == ACL_GROUP_OBJ) {
            list.lets_group_write_ = true;
        } else if (tag == ACL_USER) {
            list.users_.push_back(le32toh(entry.e_id));
        } else if (tag == ACL_GROUP) {
            list.groups_.push_back(le32toh(entry.e_id));
        }
    }
    return list;
}

}  // namespace server
