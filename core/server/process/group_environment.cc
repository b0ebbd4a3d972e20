#include "core/server/process/group_environment.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace server {
namespace {

// A "*" at the end stands for anything. No secrets: names of files and languages, and what decides
// how this program itself runs, which is the same program in the new process. What names the user
// becomes the group's own user (daemon_process.cc).
constexpr std::array<std::string_view, 27> kForEveryGroup = {
    "PATH",         "HOME",         "USER",          "LOGNAME",       "USERNAME",
    "SHELL",        "LANG",         "LANGUAGE",      "LC_*",          "TZ",
    "TZDIR",        "TMPDIR",       "SSL_CERT_FILE", "SSL_CERT_DIR",  "PYTHON*",
    "LD_*",         "GLIBC_*",      "MALLOC_*",      "MIMALLOC_*",    "HOOPSNAKE_*",
    "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",  "UBSAN_OPTIONS", "MSAN_OPTIONS",
    "LLVM_*",       "GCOV_*",
};

bool is_meant(std::string_view pattern, std::string_view name) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : name == pattern;
}

}  // namespace

std::vector<std::string> environment_of(
    const config::DaemonGroup& group, const std::vector<std::string>& variables
) {
    std::vector<std::string> passed;
    std::ranges::copy_if(
        variables,
        std::back_inserter(passed),
        [&group](std::string_view variable) {
            const std::string_view name = variable.substr(0, variable.find('='));
            const auto names_it = [name](std::string_view pattern) {
                return is_meant(pattern, name);
            };
            return std::ranges::any_of(kForEveryGroup, names_it) ||
                   std::ranges::any_of(group.pass_environment, names_it);
        }
    );
    return passed;
}

}  // namespace server
