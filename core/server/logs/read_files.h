// Files that the server reads: its configuration, scripts, and tables of rules and types. What
// would write lines into one of them has the wrong name: the next start, or the next request, reads
// them. Constant; any thread.
#pragma once

#include <map>
#include <string>

#include "core/base/files/file_state.h"
#include "core/config/model/config.h"

namespace server {

class ReadFiles {
public:
    // Looks at each of them once; those that are not there are nobody's.
    explicit ReadFiles(const config::Config& config);

    // Why no log may be written to `path`, which may be another name of such a file: "" is nothing.
    [[nodiscard]] std::string obstacle_to_log(const std::string& path) const;

private:
    void add(const std::string& path, const std::string& what);
    void add_sections(const config::Config& config);

    std::map<base::FileIdentity, std::string> known_;  // what each is
};

}  // namespace server
