#include "core/server/tools/apache_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/base/text/text.h"
#include "core/config/language/files.h"

namespace server {
namespace {

namespace fs = std::filesystem;

bool is_name_byte(char c) { return base::is_letter_or_digit(c) || c == '_'; }

using Variables = std::vector<std::pair<std::string, std::string>>;

// "$NAME" and "${NAME}" of what is known; others are empty, as in a shell.
std::string expand(std::string_view value, const Variables& known) {
    std::string out;
    for (std::size_t at = 0; at < value.size();) {
        if (value[at] != '$') {
            out.push_back(value[at++]);
            continue;
        }
        const bool is_braced = at + 1 < value.size() && value[at + 1] == '{';
        const auto start = at + (is_braced ? 2 : 1);
        auto end = start;
        while (end < value.size() && is_name_byte(value[end])) {
            ++end;
        }
        const auto name = value.substr(start, end - start);
        const auto found = std::ranges::find(known, name, &Variables::value_type::first);
        out += found == known.end() ? std::string() : found->second;
        at = end + (is_braced && end < value.size() ? 1 : 0);
    }
    return out;
}

}  // namespace

Variables exported_variables(std::string_view script) {
    constexpr std::string_view kExport = "export ";
    Variables variables;
    while (!script.empty()) {
        const auto end = std::min(script.find('\n'), script.size());
        auto line = script.substr(0, end);
        script.remove_prefix(std::min(end + 1, script.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const auto equals = line.find('=');
        if (!line.starts_with(kExport) || equals == std::string_view::npos) {
            continue;
        }
        const auto name = line.substr(kExport.size(), equals - kExport.size());
        auto value = line.substr(equals + 1);
        const char quote = value.empty() ? ' ' : value.front();
        const bool is_quoted = quote == '"' || quote == '\'';
        value.remove_prefix(is_quoted ? 1 : 0);
        const auto stop = is_quoted ? value.find(quote) : value.find_first_of(" \t;#");
        value = value.substr(0, stop);
        if (std::ranges::all_of(name, is_name_byte) && !name.empty()) {
            const auto text = quote == '\'' ? std::string(value) : expand(value, variables);
            variables.emplace_back(name, text);
        }
    }
    return variables;
}

base::Result<ApacheTree> ApacheTree::find(const std::string& directory) {
    std::error_code error;
    const auto root = fs::absolute(directory, error).lexically_normal();
    for (const char* const name : {"apache2.conf", "conf/httpd.conf", "httpd.conf"}) {
        if (!fs::exists(root / name, error)) {
            continue;
        }
        ApacheTree tree;
        tree.root = root.string();
        while (tree.root.size() > 1 && tree.root.ends_with('/')) {
            tree.root.pop_back();
        }
        tree.main_file = (fs::path(tree.root) / name).string();
        if (const auto script = config::read_file((root / "envvars").string())) {
            tree.variables = exported_variables(*script);
        }
        return tree;
    }
    return base::fail(
        base::Fault::kConfig,
        fmt::format(
            "{} holds neither apache2.conf (Debian) nor conf/httpd.conf (Red Hat)", directory
        )
    );
}

void ApacheTree::export_variables() const {
    for (const auto& [name, value] : variables) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }
}

std::string module_name(std::string_view written) {
    if (written.starts_with("mod_")) {
        written.remove_prefix(4);
        return std::string(written.substr(0, written.rfind(".c")));
    }
    constexpr std::string_view kEnding = "_module";
    if (written.ends_with(kEnding)) {
        written.remove_suffix(kEnding.size());
    }
    return std::string(written);
}

}  // namespace server
