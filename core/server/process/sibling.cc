#include "core/server/process/sibling.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

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

// PEP 405: "version = 3.13.0" (venv) or "version_info = 3.13.0.final.0" (virtualenv).
std::string version_of_venv(const fs::path& home) {
    std::ifstream file(home / "pyvenv.cfg");
    for (std::string line; std::getline(file, line);) {
        const std::size_t equals = line.find('=');
        if (line.starts_with("version") && equals != std::string::npos) {
            const std::size_t value = line.find_first_not_of(' ', equals + 1);
            return value == std::string::npos ? std::string()
                                              : minor_version(std::string_view(line).substr(value));
        }
    }
    return {};
}

std::string version_of_prefix(const fs::path& home) {
    constexpr std::string_view kPython = "python";
    std::error_code error;
    std::string found;
    for (const auto& entry : fs::directory_iterator(home / "lib", error)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("python3.") && fs::exists(entry.path() / "os.py", error)) {
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
