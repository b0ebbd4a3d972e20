#include "core/server/logs/file_size_limit.h"

namespace server {

FileSizeLimit::Found FileSizeLimit::put_back() const {
    rlimit now{};
    if (::getrlimit(RLIMIT_FSIZE, &now) != 0 ||
        (now.rlim_cur >= limit_.rlim_cur && now.rlim_max >= limit_.rlim_max)) {
        return Found::kAsEver;
    }
    // The hard one only with the right to (root's).
    return ::setrlimit(RLIMIT_FSIZE, &limit_) == 0 ? Found::kLowered : Found::kLost;
}

}  // namespace server
