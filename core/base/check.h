// CHECK(condition): our own code is right. On in release builds too; a false one prints its text
// and aborts.
#pragma once

namespace base::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define CHECK(condition)                                                  \
    do {                                                                  \
        if (!(condition)) [[unlikely]] {                                  \
            ::base::detail::check_failed(#condition, __FILE__, __LINE__); \
        }                                                                 \
    } while (false)
