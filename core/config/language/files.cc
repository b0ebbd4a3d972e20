#include "core/config/language/files.h"

#include <fcntl.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/base/files/named_file.h"
#include "core/base/files/read_to_end.h"
#include "core/base/system/fd.h"

namespace config {
namespace {

namespace fs = std::filesystem;

void add_files(const std::string& path, std::vector<std::string>& files) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        files.push_back(path);
        return;
    }
    std::vector<std::string> names;
    for (auto entry = fs::directory_iterator(path, error);
         !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        names.push_back(entry->path().string());
    }
    std::ranges::sort(names);
    for (const auto& name : names) {
        add_files(name, files);
    }
}

std::string failure_of(const std::string& path) {
    return "cannot read the configuration file " + path;
}

base::Result<std::string> text_in(const base::Fd& file, const std::string& path) {
    constexpr std::size_t kBytesMax = 64 << 20;
    return base::read_to_end(file.get(), kBytesMax, failure_of(path));
}

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
    return text_in(TRY(base::open_named_file(path, failure_of(path))), path);
}

base::Result<std::string> read_file_or_pipe(const std::string& path) {
    const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return base::fail_errno(failure_of(path), errno);
    }
    return text_in(file, path);
}

// Apache takes the mark for a part of the first word, which looks right on the screen.
std::string_view take_mark_off(std::string& text) {
    constexpr std::string_view kUtf8 = "\xEF\xBB\xBF";
    if (text.starts_with(kUtf8)) {
        text.erase(0, kUtf8.size());
        return "the file begins with a byte order mark (EF BB BF), which Apache would not read; "
               "save it as UTF-8 without BOM";
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        text.clear();
        return "the file is UTF-16; save it as UTF-8 without BOM";
    }
    return {};
}

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> included_files(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    if (!is_pattern(path)) {
        if (fs::exists(path, error)) {
            add_files(path, files);
        }
        return files;
    }
    glob_t found{};
    if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i) {
            add_files(found.gl_pathv[i], files);
        }
    }
    ::globfree(&found);
    return files;
}

std::string working_directory() {
    std::error_code error;
    const auto directory = fs::current_path(error);
    return error ? std::string("/") : directory.string();
}

std::string absolute_directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto directory = slash == std::string::npos
                               ? std::string()
                               : path.substr(0, std::max<std::size_t>(slash, 1));
    return path.starts_with('/') ? directory
                                 : working_directory() + (directory.empty() ? "" : "/" + directory);
}

}  // namespace config
