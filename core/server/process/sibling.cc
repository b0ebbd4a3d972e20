#include "core/server/process/sibling.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/base/foreign/foreign_file.h"
#include "interp/worker.h"

namespace server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "hoopsnake-";

fs::path own_directory() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// "3.13.0" → "3.13"; "" where it is no version. It becomes part of a file's name.
std::string minor_version(std::string_view version) {
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t first = version.find_first_not_of(kDigits);
    if (first == 0 || first == std::string_view::npos || version[first] != '.') {
        return {};
    }
    const std::size_t end = std::min(version.find_first_not_of(kDigits, first + 1), version.size());
    return end == first + 1 ? std::string() : std::string(version.substr(0, end));
}

// What is not read further; a pyvenv.cfg has some hundred bytes.
constexpr std::size_t kVenvBytesMax = 64 << 10;
// What is not looked at further: lib/ of a distribution's /usr has some thousand names.
constexpr int kLibraryEntriesMax = 20'000;

// PEP 405: "version = 3.13.0" (venv) or "version_info = 3.13.0.final.0" (virtualenv). The file is a
// tenant's, and whoever reads it here may be root.
std::string version_of_venv(const fs::path& home) {
    const auto text = base::read_regular_file(home / "pyvenv.cfg", kVenvBytesMax);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t equals = line.find('=');
        if (line.starts_with("version") && equals != std::string_view::npos) {
            const std::size_t value = line.find_first_not_of(' ', equals + 1);
            return value == std::string_view::npos ? std::string()
                                                   : minor_version(line.substr(value));
        }
    }
    return {};
}

std::string version_of_prefix(const fs::path& home) {
    constexpr std::string_view kPython = "python";
    std::error_code error;
    std::string found;
    int looked_at = 0;
    for (fs::directory_iterator at(home / "lib", error), end; !error && at != end;
         at.increment(error)) {
        if (++looked_at > kLibraryEntriesMax) {
            return {};
        }
        const std::string name = at->path().filename();
        if (!name.starts_with("python3.")) {
            continue;
        }
        std::error_code missing;
        if (fs::exists(at->path() / "os.py", missing)) {
            if (!found.empty()) {
                return {};  // several: it says nothing
            }
            found = minor_version(std::string_view(name).substr(kPython.size()));
        }
    }
    return found;
}

}  // namespace

base::Result<std::optional<std::string>> sibling_for(const std::string& python_home) {
    if (python_home.empty()) {
        return std::nullopt;
    }
    std::string version = version_of_venv(python_home);
    if (version.empty()) {
        version = version_of_prefix(python_home);
    }
    if (version.empty() || version == minor_version(interp::python_version())) {
        return std::nullopt;
    }
    const fs::path sibling = own_directory() / (std::string(kPrefix) + version);
    if (::access(sibling.c_str(), X_OK) != 0) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "{} is a Python {}, and the program for it, {}, is not installed; this one has "
                "Python {} in it",
                python_home,
                version,
                sibling.string(),
                minor_version(interp::python_version())
            )
        );
    }
    return std::optional(sibling.string());
}

std::vector<std::string> installed_siblings() {
    std::vector<std::string> versions;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(own_directory(), error)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(kPrefix) && ::access(entry.path().c_str(), X_OK) == 0 &&
            name.size() > kPrefix.size() && name[kPrefix.size()] == '3') {
            versions.push_back(name.substr(kPrefix.size()));
        }
    }
    std::ranges::sort(versions);
    return versions;
}

std::string display_name_of(const config::DaemonGroup& group) {
    return group.display_name == "%{GROUP}" ? "(wsgi:" + group.name + ")" : group.display_name;
}

}  // namespace server
