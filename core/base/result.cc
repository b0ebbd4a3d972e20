#include "core/base/result.h"

#include <cerrno>
#include <string_view>
#include <system_error>

namespace base {

namespace {

// The words with which an operator raises the limit that a system call has met; "" for others.
std::string_view limit_behind(int error) {
    switch (error) {
        case EMFILE:
            return " (the limit is RLIMIT_NOFILE: ulimit -n, LimitNOFILE=)";
        case ENFILE:
            return " (the limit is the machine's: sysctl fs.file-max)";
        case ENOMEM:
            return " (memory; the limit may be RLIMIT_AS, ulimit -v, or MemoryMax=)";
        case EFBIG:
            return " (the limit is RLIMIT_FSIZE: ulimit -f)";
        default:
            return {};
    }
}

}  // namespace

std::string describe_errno(int error) {
    return std::generic_category().message(error).append(limit_behind(error));
}

tl::unexpected<Error> fail_errno(std::string what, int error) {
    what += ": ";
    what += describe_errno(error);
    return fail(Fault::kSystem, std::move(what));
}

}  // namespace base
