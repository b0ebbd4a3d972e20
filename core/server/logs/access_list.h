// Who may write a directory by its access control list (acl(5)). The group bits of its mode are
// then the mask, and say nothing about its group. Those of POSIX only: what NFSv4 has is for the
// server of such a file system to judge. Constant; any thread.
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace server {

class AccessList {
public:
    // Of a directory whose mode gives its group, or its mask, the right to write; it may be open
    // with O_PATH. Where there is no list, the mode is all there is.
    static base::Result<AccessList> of(const base::Fd& directory);

    [[nodiscard]] bool lets_group_write() const { return lets_group_write_; }  // its own
    [[nodiscard]] const std::vector<uid_t>& writing_users() const { return users_; }
    [[nodiscard]] const std::vector<gid_t>& writing_groups() const { return groups_; }

private:
    bool lets_group_write_ = true;
    std::vector<uid_t> users_;
    std::vector<gid_t> groups_;
};

}  // namespace server
