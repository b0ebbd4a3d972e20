#include "core/server/tools/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "core/config/configuration_parser.h"
#include "core/config/language/definitions.h"
#include "core/config/language/files.h"
#include "core/server/tools/apache_tree.h"
#include "core/server/tools/check/configuration_check.h"
#include "core/server/tools/check/htaccess_search.h"
#include "core/server/tools/migration_notes.h"

namespace server {
namespace {

using Kind = config::Finding::Kind;

// What there is to say about one virtual host, a line each.
struct UserAndGroup {
    std::vector<std::string> same;
    std::vector<std::string> differs;
    std::vector<std::string> missing;
    std::set<std::string> ignored;  // sentences of `differs` that are said once
};

class Migrator {
public:
    Migrator(const config::Config& config, std::vector<config::Finding> findings, std::string root)
        : config_(config),
          findings_(std::move(findings)),
          root_(std::move(root)),
          accounts_(config.hosts.size()) {}

    Migration run();

private:
    void find_modules();
    void give_hosts();
    void sort(const config::Finding& finding);
    void sort_section(const config::Finding& finding, UserAndGroup& account);
    void write(const config::VirtualHost& host, std::string& out) const;
    [[nodiscard]] std::string verdict() const;

    // The words of the line at `place`, as written.
    std::string line_at(const config::Place& place);
    // Places below the tree's root are told from there on.
    [[nodiscard]] std::string shown(const config::Place& place) const;

    const config::Config& config_;
    std::vector<config::Finding> findings_;
    const std::string root_;
    std::set<std::string> refused_;       // places of problems
    std::set<std::string> modules_;       // that Apache loads, by module_name()
    std::vector<UserAndGroup> accounts_;  // by virtual host
    std::unordered_map<std::string, std::vector<std::string>> files_;
};

std::string Migrator::shown(const config::Place& place) const {
    auto text = place.text();
    if (place.line == 0 && place.file) {
        text = *place.file;
    }
    return text.starts_with(root_ + "/") ? text.substr(root_.size() + 1) : text;
}

std::string Migrator::line_at(const config::Place& place) {
    if (!place.file || place.line < 1) {
        return {};
    }
    const auto [at, is_new] = files_.try_emplace(*place.file);
    if (is_new) {
        const auto text = config::read_file(*place.file).value_or("");
        for (std::size_t start = 0; start < text.size();) {
            const auto end = std::min(text.find('\n', start), text.size());
            at->second.push_back(text.substr(start, end - start));
            start = end + 1;
        }
    }
    const auto number = static_cast<std::size_t>(place.line) - 1;
    return number < at->second.size() ? at->second[number] : std::string();
}

// What is said when the whole tree has been read stands in some virtual host's line, too.
void Migrator::give_hosts() {
    std::unordered_map<std::string, std::uint32_t> hosts;
    for (const auto& finding : findings_) {
        if (finding.kind == Kind::kTaken) {
            hosts.emplace(finding.place.text(), finding.host);
        }
    }
    for (auto& finding : findings_) {
        const auto found = hosts.find(finding.place.text());
        if (finding.kind != Kind::kProblem) {
            continue;
        }
        refused_.insert(finding.place.text());
        if (finding.host == 0 && found != hosts.end()) {
            finding.host = found->second;
        }
    }
}

void Migrator::find_modules() {
    constexpr std::string_view kLoad = "LoadModule";
    for (const auto& finding : findings_) {
        if (!finding.sentence.starts_with(kLoad) || finding.kind != Kind::kRemark) {
            continue;
        }
        const auto line = line_at(finding.place);
        const auto start = line.find_first_not_of(" \t", line.find_first_of(" \t", line.find('L')));
        const auto end = start == std::string::npos ? start : line.find_first_of(" \t", start);
        if (start != std::string::npos) {
            modules_.insert(module_name(std::string_view(line).substr(start, end - start)));
        }
    }
}

// <IfModule> and its kin.
void Migrator::sort_section(const config::Finding& finding, UserAndGroup& account) {
    constexpr std::string_view kIfModule = "<IfModule ";
    if (!finding.sentence.starts_with(kIfModule)) {
        return;
    }
    auto name = std::string_view(finding.sentence).substr(kIfModule.size());
    name.remove_suffix(1);
    const bool is_negated = name.starts_with('!');
    name.remove_prefix(is_negated ? 1 : 0);
    const auto module = module_name(name);
    const bool is_here = (finding.kind == Kind::kTaken) != is_negated;
    const bool is_there = modules_.contains(module) || is_built_into_apache(module);
    const auto place = shown(finding.place);
    if (is_here == is_there) {
        return;
    }
    const auto meaning = meaning_of_missing(module);
    if (is_there && finding.kind == Kind::kSkipped) {
        (meaning.is_missed ? account.missing : account.differs)
            .push_back(fmt::format(
                "{}: {} is skipped, as mod_{} does not exist here; {}",
                place,
                finding.sentence,
                module,
                meaning.meaning
            ));
    } else {
        account.differs.push_back(fmt::format(
            "{}: {} {} here, {}",
            place,
            finding.sentence,
            finding.kind == Kind::kTaken ? "holds" : "does not hold",
            is_here ? fmt::format("although Apache does not load mod_{}", module)
                    : fmt::format("as mod_{} does not exist here", module)
        ));
    }
}

void Migrator::sort(const config::Finding& finding) {
    auto& account = accounts_.at(finding.host);
    const auto place = shown(finding.place);
    if (finding.sentence.starts_with('<') &&
        (finding.kind == Kind::kTaken || finding.kind == Kind::kSkipped)) {
        sort_section(finding, account);
    } else if (finding.kind == Kind::kTaken) {
        if (refused_.contains(finding.place.text())) {
            return;  // taken as a line, and then found to fit nothing
        }
        const auto difference = difference_of(finding.sentence, line_at(finding.place));
        (difference.empty() ? account.same : account.differs)
            .push_back(
                difference.empty()
                    ? fmt::format("{}: {}", place, finding.sentence)
                    : fmt::format("{}: {}: works, but {}", place, finding.sentence, difference)
            );
    } else if (finding.kind == Kind::kProblem) {
        account.missing.push_back(fmt::format("{}: {}", place, finding.sentence));
    } else if (!finding.sentence.starts_with("LoadModule:") &&
               (account.ignored.insert(finding.sentence).second || !finding.is_repeated)) {
        account.differs.push_back(fmt::format("{}: {}", place, finding.sentence));
    }
}

void Migrator::write(const config::VirtualHost& host, std::string& out) const {
    const auto& account = accounts_[host.index];
    out += host.index == 0 ? std::string("main server")
                           : fmt::format(
                                 "virtual host {} on {} ({})",
                                 host.server_name.empty() ? "without ServerName" : host.server_name,
                                 fmt::join(host.addresses, " "),
                                 shown(host.place)
                             );
    out += account.missing.empty()
               ? account.differs.empty() ? ": behaves the same\n" : ": works, with differences\n"
               : ": something is missing\n";
    const auto list = [&](std::string_view title, const std::vector<std::string>& lines) {
        if (!lines.empty()) {
            out += fmt::format("  {}\n    {}\n", title, fmt::join(lines, "\n    "));
        }
    };
    list("missing:", account.missing);
    list("differs:", account.differs);
    list("the same:", account.same);
    out += "\n";
}

std::string Migrator::verdict() const {
    std::size_t lines = 0;
    std::size_t hosts = 0;
    for (const auto& account : accounts_) {
        lines += account.missing.size();
        hosts += account.missing.empty() ? 0 : 1;
    }
    if (lines > 0) {
        return fmt::format(
            "Verdict: {} line{} in {} of {} (the main server counts as one) ask{} for what is not "
            "here; take them out, or wait.\n",
            lines,
            lines == 1 ? "" : "s",
            hosts,
            config_.hosts.size(),
            lines == 1 ? "s" : ""
        );
    }
    const bool differs = std::ranges::any_of(accounts_, [](const auto& account) {
        return !account.differs.empty();
    });
    return differs ? "Verdict: everything works; read what differs before you switch.\n"
                   : "Verdict: everything works as it does.\n";
}

Migration Migrator::run() {
    find_modules();
    give_hosts();
    std::vector<std::string> absent;
    for (const auto& module : modules_) {
        if (!config::has_module(module + "_module") && !is_built_into_apache(module)) {
            absent.push_back(module);
        }
    }
    if (!absent.empty()) {
        accounts_.front().differs.push_back(fmt::format(
            "modules that Apache loads and that do not exist here: {}; what asks for them is "
            "listed where it stands",
            fmt::join(absent, ", ")
        ));
    }
    for (const auto& finding : findings_) {
        sort(finding);
    }
    Migration migration;
    for (const auto& host : config_.hosts) {
        write(host, migration.report);
    }
    migration.report += verdict();
    migration.is_complete =
        std::ranges::all_of(accounts_, [](const auto& account) { return account.missing.empty(); });
    return migration;
}

}  // namespace

base::Result<Migration> migrate(
    const std::string& directory, const std::vector<std::string>& defines
) {
    const auto tree = TRY(ApacheTree::find(directory));
    tree.export_variables();
    std::vector<config::Finding> findings;
    config::ParseOptions options;
    options.defines = defines;
    options.findings = &findings;
    options.server_root = tree.root;
    const auto config = TRY(config::parse_file(tree.main_file, options));
    std::ranges::move(find_foreign_handlers(config, config), std::back_inserter(findings));
    config::sort_by_place(findings);
    std::ranges::move(search_htaccess(config), std::back_inserter(findings));
    return Migrator(config, std::move(findings), tree.root).run();
}

}  // namespace server
