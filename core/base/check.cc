#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace base::detail {

void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "hoopsnake: CHECK failed at %s:%d: %s\n", file, line, condition);
    std::abort();
}

}  // namespace base::detail
