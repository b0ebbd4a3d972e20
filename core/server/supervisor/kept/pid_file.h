// PidFile: which process the supervisor is, and that there is one. A lock on the file says so, not
// the number in it, which another process may have by now. It is a write lock of fcntl(2): nobody
// can have one who may only read the file, which is everybody. Supervisor only.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/config/model/config.h"
#include "core/server/logs/guarded_file.h"

namespace server {

// What keeps the PidFile that the configuration names from being written, as far as can be seen
// without making it; "" is nothing. A file that holds anything else than a number was hardly meant,
// nor one that is a log.
std::string obstacle_to_pid_file(const config::Config& config, const IsServedGroup& is_served);

class PidFile {
public:
    PidFile() = default;
    ~PidFile();  // removes the file, if it is still ours
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;

    // An error where another server has it: "hoopsnake (pid 7) already running".
    // The configuration names one.
    base::Result<> claim(const config::Config& config, const IsServedGroup& is_served);
    // After claim(); the process's own number.
    base::Result<> write();

private:
    [[nodiscard]] bool is_ours() const;
    base::Result<> take(const std::string& path, const IsServedGroup& is_served);
    base::Result<> take_new(const std::string& path, const IsServedGroup& is_served);

    std::string path_;  // "" where there is nothing to remove
    base::Fd file_;     // has the lock
};

}  // namespace server
