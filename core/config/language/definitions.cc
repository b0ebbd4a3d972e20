#include "core/config/language/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdlib>

#include "core/base/text/regex.h"

namespace config {
namespace {

using Version = std::array<int, 3>;
constexpr Version kVersion = {2, 4, 66};

struct Module {
    std::string_view name;
    std::string_view file;
};

constexpr Module kModules[] = {
    {"access_compat_module", "mod_access_compat.c"},
    {"alias_module", "mod_alias.c"},
    {"authz_core_module", "mod_authz_core.c"},
    {"authz_host_module", "mod_authz_host.c"},
    {"core_module", "core.c"},
    {"dir_module", "mod_dir.c"},
    {"env_module", "mod_env.c"},
    {"http_module", "http_core.c"},
    {"log_config_module", "mod_log_config.c"},
    {"logio_module", "mod_logio.c"},
    {"macro_module", "mod_macro.c"},
    {"mime_module", "mod_mime.c"},
    {"reqtimeout_module", "mod_reqtimeout.c"},
    {"rewrite_module", "mod_rewrite.c"},
    {"setenvif_module", "mod_setenvif.c"},
    {"so_module", "mod_so.c"},
    {"unixd_module", "mod_unixd.c"},
    {"userdir_module", "mod_userdir.c"},
    {"version_module", "mod_version.c"},
    {"wsgi_module", "mod_wsgi.c"},
};

base::Result<Version> read_version(std::string_view text) {
    Version version{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < version.size() && at != end; ++i) {
        const auto [next, error] = std::from_chars(at, end, version.at(i));
        const bool goes_on = next != end && *next == '.' && i + 1 < version.size();
        if (error != std::errc() || (next != end && !goes_on)) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format("\"{}\": expected a version such as 2.4 or 2.4.10", text)
            );
        }
        at = next == end ? next : next + 1;
    }
    return version;
}

// "/regex/" as it follows "=" or "~".
base::Result<bool> matches_version(std::string_view text) {
    if (text.size() >= 2 && text.starts_with('/') && text.ends_with('/')) {
        text = text.substr(1, text.size() - 2);
    }
    const auto regex = TRY(base::Regex::compile(text));
    return regex.matches(fmt::format("{}", fmt::join(kVersion, ".")));
}

}  // namespace

Definitions::Definitions(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        values_[name];
    }
}

std::vector<std::string> Definitions::names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : values_) {
        names.push_back(name);
    }
    return names;
}

std::optional<std::string_view> Definitions::value_of(const std::string& name) const {
    if (name.find(':') != std::string::npos) {
        return std::nullopt;
    }
    if (const auto found = values_.find(name); found != values_.end() && found->second) {
        return *found->second;
    }
    const char* const environment = ::getenv(name.c_str());
    return environment == nullptr ? std::nullopt : std::optional<std::string_view>(environment);
}

base::Result<std::string> Definitions::expand(
    std::string_view text, std::vector<std::string>& unknown
) {
    constexpr std::size_t kLineMax = 1 << 20;
    constexpr std::size_t kAddedMax = 64 << 20;  // as a file
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto start = text.find("${", at);
        const auto end = start == std::string_view::npos ? start : text.find('}', start);
        if (end == std::string_view::npos) {
            out.append(text.substr(at));
            break;
        }
        const std::string name(text.substr(start + 2, end - start - 2));
        out.append(text.substr(at, start - at));
        at = end + 1;
        const auto value = value_of(name);
        if (!value) {
            out.append("${").append(name).append("}");
            if (name.find(':') == std::string::npos) {
                unknown.push_back(name);
            }
            continue;
        }
        bytes_added_ += value->size();
        if (out.size() + value->size() > kLineMax || bytes_added_ > kAddedMax) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format(
                    "with what ${{{}}} stands for, {}",
                    name,
                    bytes_added_ > kAddedMax
                        ? "all that names stand for in this configuration is more than 64 MiB"
                        : "this line is longer than 1 MiB"
                )
            );
        }
        out.append(*value);
    }
    return out;
}

bool has_module(std::string_view name) {
    return std::ranges::any_of(kModules, [&](const Module& module) {
        return name == module.name || name == module.file;
    });
}

base::Result<bool> version_holds(Words words) {
    std::string_view operation = words.size() == 2 ? std::string_view(words[0]) : "=";
    const std::string& text = words.back();
    const bool is_negated = operation.starts_with('!');
    operation.remove_prefix(is_negated ? 1 : 0);
    bool holds = false;
    if (operation == "~" || text.starts_with('/')) {
        holds = TRY(matches_version(text));
    } else {
        const auto order = kVersion <=> TRY(read_version(text));
        if (operation == "=" || operation == "==") {
            holds = order == 0;
        } else if (operation == ">") {
            holds = order > 0;
        } else if (operation == ">=") {
            holds = order >= 0;
        } else if (operation == "<") {
            holds = order < 0;
        } else if (operation == "<=") {
            holds = order <= 0;
        } else {
            return base::fail(
                base::Fault::kConfig,
                fmt::format("\"{}\": expected =, >, >=, <, <= or ~, after ! if you like", words[0])
            );
        }
    }
    return holds != is_negated;
}

}  // namespace config
