#include "core/server/tools/check/htaccess_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/config/configuration_parser.h"
#include "core/config/language/files.h"
#include "core/server/tools/check/configuration_check.h"
#include "core/site/sections/sections.h"

namespace server {
namespace {

namespace fs = std::filesystem;
using Kind = config::Finding::Kind;

// For the sections alone: what stands in the files decides nothing about where others lie.
config::Config without_htaccess(config::Config config) {
    for (auto& host : config.hosts) {
        host.access_file_names.emplace();
    }
    return config;
}

bool is_directory(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

// As sections know it: without final slash.
std::string normal(std::string_view path) {
    const auto end = path.find_last_not_of('/');
    return std::string(path.substr(0, end == std::string_view::npos ? 1 : end + 1));
}

bool permits(const config::DirectorySettings& settings) {
    return (settings.allow_override &&
            settings.allow_override->classes != config::override_class::kNone) ||
           (settings.allow_override_list && !settings.allow_override_list->empty());
}
bool permits_any(const config::Section& section) { return permits(section.settings); }

// Apache puts values of Define and of its environment in the place of ${NAME}, here, too.
void note_variables(
    std::string_view text, const std::string& path, std::vector<config::Finding>& out
) {
    const auto file = std::make_shared<const std::string>(path);
    int number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto start = line.find("${");
        const auto name = line.substr(std::min(start, line.size()));
        const auto close = name.find_first_of(":}");  // "${map:key}" is mod_rewrite's
        if (line.substr(0, line.find_first_not_of(" \t") + 1).ends_with('#') ||
            close == std::string_view::npos || name[close] == ':') {
            continue;
        }
        out.push_back(
            {Kind::kRemark,
             0,
             {file, number},
             fmt::format(
                 "{} stays as it is: values are not for .htaccess files", name.substr(0, close + 1)
             )}
        );
    }
}

class HtaccessSearch {
public:
    HtaccessSearch(const config::Config& config, const SearchBounds& bounds)
        : config_(config), bounds_(bounds), plain_(without_htaccess(config)), sections_(plain_) {}

    std::vector<config::Finding> run() {
        if (std::ranges::none_of(config_.sections, permits_any)) {
            return {};
        }
        for (std::uint32_t host = 1; host < config_.hosts.size(); ++host) {
            search_host(host);
        }
        search_host(0);
        return std::move(findings_);
    }

private:
    struct Place {
        std::string directory;
        std::size_t depth = 0;
    };

    void search_host(std::uint32_t host);
    void search(std::uint32_t host, const std::string& root);
    // The directories in `place`, the last by name first.
    void enter(std::uint32_t host, const Place& place, std::vector<Place>& out);
    void look(std::uint32_t host, const std::string& directory);
    void read(std::uint32_t host, const std::string& path, const config::DirectorySettings& around);
    void remark(std::uint32_t host, const std::string& where, std::string sentence) {
        say(host, Kind::kRemark, where, std::move(sentence));
    }
    void say(std::uint32_t host, Kind kind, const std::string& where, std::string sentence) {
        findings_.push_back(
            {kind, host, {std::make_shared<const std::string>(where), 0}, std::move(sentence)}
        );
    }

    const config::Config& config_;
    const SearchBounds& bounds_;
    const config::Config plain_;
    site::Sections sections_;
    std::unordered_set<std::string> seen_;  // directories
    std::size_t files_ = 0;
    bool is_full_ = false;
    std::vector<config::Finding> findings_;
};

// What is served: documents, aliases, scripts; and directories that a section is about.
void HtaccessSearch::search_host(std::uint32_t host) {
    const auto& its = config_.hosts[host];
    search(host, config::document_root_of(config_, its));
    for (const auto& alias : its.aliases) {
        if (!alias.regex) {
            search(host, alias.target);
        }
    }
    for (const auto index : its.mounts) {
        const auto& mount = config_.mounts[index];
        if (!mount.regex && !mount.is_module) {
            search(
                host,
                is_directory(mount.target) ? mount.target
                                           : config::absolute_directory_of(mount.target)
            );
        }
    }
    for (const auto index : its.directories) {
        const auto& section = config_.sections[index];
        // Of "/" only what is served counts.
        if (!section.regex && !section.is_wildcard && section.pattern != "/" &&
            permits_any(section)) {
            search(host, section.pattern);
        }
    }
}

void HtaccessSearch::search(std::uint32_t host, const std::string& root) {
    if (!root.starts_with('/') || !is_directory(root)) {
        return;
    }
    std::vector<Place> waiting = {{normal(root), 0}};
    while (!waiting.empty() && !is_full_) {
        const auto place = std::move(waiting.back());
        waiting.pop_back();
        if (!seen_.insert(place.directory).second) {
            continue;
        }
        if (seen_.size() > bounds_.directories || files_ >= bounds_.files) {
            is_full_ = true;
            remark(
                host,
                place.directory,
                fmt::format(
                    "the search for .htaccess files stops here, after {} of them in {} "
                    "directories; "
                    "others may follow",
                    files_,
                    seen_.size() - 1
                )
            );
            return;
        }
        look(host, place.directory);
        enter(host, place, waiting);
    }
}

void HtaccessSearch::enter(std::uint32_t host, const Place& place, std::vector<Place>& out) {
    std::error_code error;
    std::vector<std::string> inner;
    for (fs::directory_iterator entry(place.directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code unknown;
        if (entry->symlink_status(unknown).type() == fs::file_type::directory) {
            inner.push_back(entry->path().string());
        }
    }
    if (error) {
        remark(host, place.directory, "cannot be searched for .htaccess files: " + error.message());
        return;
    }
    if (!inner.empty() && place.depth >= bounds_.depth) {
        remark(
            host,
            place.directory,
            fmt::format(
                "the search for .htaccess files goes down {} directories, and not into those in "
                "this one",
                bounds_.depth
            )
        );
        return;
    }
    std::ranges::sort(inner, std::greater());
    for (auto& directory : inner) {
        out.push_back({std::move(directory), place.depth + 1});
    }
}

void HtaccessSearch::look(std::uint32_t host, const std::string& directory) {
    const auto& settings = sections_.node(host, directory).settings;
    if (!permits(settings)) {
        return;
    }
    static const std::vector<std::string> kUsual = {".htaccess"};
    const auto& own = config_.hosts[host].access_file_names;
    const auto& main = config_.hosts[0].access_file_names;
    for (const auto& name : own ? *own : main ? *main : kUsual) {
        const auto path = directory + "/" + name;
        std::error_code error;
        if (fs::exists(path, error)) {
            ++files_;
            read(host, path, settings);
            return;  // the first counts
        }
    }
}

void HtaccessSearch::read(
    std::uint32_t host, const std::string& path, const config::DirectorySettings& around
) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        say(host, Kind::kProblem, path, "not a regular file");
        return;
    }
    const auto text = config::read_file(path);
    if (!text || text->size() > site::HtaccessCache::kFileBytesMax) {
        say(host, Kind::kProblem, path, text ? "larger than 1 MiB" : text.error().what);
        return;
    }
    std::vector<config::Finding> findings;
    config::ParseOptions options;
    options.defines = config_.definitions;
    options.findings = &findings;
    const auto parsed = config::parse_htaccess(
        *text,
        path,
        around.allow_override.value_or(config::AllowOverride()),
        around.allow_override_list.value_or(std::vector<std::string>()),
        options
    );
    if (!parsed) {
        say(host, Kind::kProblem, path, parsed.error().what);
    } else {
        std::ranges::move(find_foreign_handlers(*parsed, config_), std::back_inserter(findings));
    }
    note_variables(*text, path, findings);
    config::sort_by_place(findings);
    for (auto& finding : findings) {
        finding.host = host;
        if (finding.kind == Kind::kTaken && finding.sentence == "PassEnv") {
            finding.kind = Kind::kRemark;
            finding.sentence +=
                ": passes what PassEnv in the server's configuration passes to this directory, and "
                "nothing else";
        }
        findings_.push_back(std::move(finding));
    }
}

}  // namespace

std::vector<config::Finding> search_htaccess(
    const config::Config& config, const SearchBounds& bounds
) {
    return HtaccessSearch(config, bounds).run();
}

}  // namespace server
