// Whether a user may read a file, as the mode bits of it and of all directories on the way say,
// without becoming that user. Access control lists are not seen: they may permit more, or less. Any
// thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "ipc/privileges.h"

struct stat;

namespace server {

class Reader {
public:
    explicit Reader(const ipc::Identity& identity);

    enum class Wanted { kRead, kSearch, kFind };  // kFind: that it is there
    // "" where nothing is against it; else a sentence such as "/srv/bob has mode 0750 and belongs
    // to bob:bob". `path` exists and is absolute; what lies behind a symbolic link is looked at,
    // too.
    [[nodiscard]] std::string obstacle(const std::string& path, Wanted wanted) const;

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    [[nodiscard]] bool may(const struct stat& facts, Wanted wanted) const;

    std::string name_;
    uid_t uid_ = 0;
    std::vector<gid_t> groups_;
};

}  // namespace server
