#include "core/base/files/read_to_end.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace base {
namespace {

std::string size_in_words(std::size_t bytes) {
    constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;
    return bytes >= kMebibyte && bytes % kMebibyte == 0 ? fmt::format("{} MiB", bytes / kMebibyte)
                                                        : fmt::format("{} bytes", bytes);
}

}  // namespace

Result<std::string> read_to_end(int fd, std::size_t bytes_max, std::string_view what) {
    std::string text;
    // A large file is copied once; of what has no size there is nothing to know.
    if (struct stat facts{}; ::fstat(fd, &facts) == 0 && facts.st_size > 0) {
        text.reserve(std::min(static_cast<std::size_t>(facts.st_size), bytes_max) + 1);
    }
    std::array<char, 65536>
        block;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    for (;;) {
        const auto count = ::read(fd, block.data(), block.size());
        if (count == 0) {
            return text;
        }
        if (count < 0 && errno != EINTR) {
            return fail_errno(std::string(what), errno);
        }
        const auto size = count < 0 ? 0 : static_cast<std::size_t>(count);
        if (size > bytes_max - text.size()) {
            return fail(
                Fault::kConfig, fmt::format("{}: larger than {}", what, size_in_words(bytes_max))
            );
        }
        text.append(block.data(), size);
    }
}

}  // namespace base
