// The program: arguments → Config → Supervisor. Everything that ends early says why in one
// sentence.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/memory.h"
#include "core/base/process/standard_descriptors.h"
#include "core/base/system/local_time.h"
#include "core/base/system/log.h"
#include "core/config/dump.h"
#include "core/loop/ring/ring.h"
#include "core/server/command_line.h"
#include "core/server/daemon/daemon_process.h"
#include "core/server/process/sibling.h"
#include "core/server/supervisor/supervisor.h"
#include "core/server/tools/check/configuration_check.h"
#include "core/server/tools/explain.h"
#include "core/server/tools/host_listing.h"
#include "core/server/tools/migrate.h"
#include "interp/worker.h"
#include "ipc/spawn.h"

namespace {

using server::CommandLine;

// Lines with what a configuration file holds, which may be anybody's: on a terminal they show
// themselves and do nothing else, as in the log.
std::string shown(std::string_view text) {
    std::string out;
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        base::append_log_text(out, text.substr(0, end));
        out.push_back('\n');
        text.remove_prefix(end + 1);
    }
    base::append_log_text(out, text);
    return out;
}

// fmt's own print to a stream throws where nobody takes the text.
void put(const std::string& text, std::FILE* stream) {
    std::fwrite(text.data(), 1, text.size(), stream);
}
void print(const std::string& text) { put(shown(text), stdout); }
void complain(const std::string& text) { put(shown(text), stderr); }

int fail(const base::Error& error) {
    complain(fmt::format("hoopsnake: {}\n", error.what));
    return EXIT_FAILURE;
}

int print_build() {
    print(fmt::format("Server version: Hoopsnake/{}\n", HOOPSNAKE_VERSION));
    print(fmt::format("Python: {}, linked {}\n", interp::python_version(), interp::python_linkage())
    );
    std::string siblings;
    for (const std::string& version : server::installed_siblings()) {
        siblings += (siblings.empty() ? "" : ", ") + version;
    }
    print(fmt::format("Siblings for other Pythons: {}\n", siblings.empty() ? "none" : siblings));
    const auto backend = loop::backend_from_environment();
    if (!backend) {
        return fail(backend.error());
    }
    const auto chosen = loop::create_ring(*backend);
    if (!chosen) {
        return fail(chosen.error());
    }
    const std::string& why = chosen->why_not_io_uring;
    print(fmt::format("I/O: {}{}\n", chosen->ring->name(), why.empty() ? "" : " (" + why + ")"));
    return EXIT_SUCCESS;
}

// -t. What is wrong, and what is remarkable, goes where errors go.
int test(const CommandLine& line) {
    using Kind = config::Finding::Kind;
    std::vector<config::Finding> findings;
    const auto config = server::load_config(line, &findings);
    if (!config) {
        return fail(config.error());
    }
    auto more = server::check_configuration(*config, findings);
    std::ranges::move(more, std::back_inserter(findings));
    config::sort_by_place(findings);
    std::size_t problems = 0;
    std::set<std::string> told;  // a file that is included twice says it twice
    for (auto& finding : findings) {
        const bool is_remark = finding.kind == Kind::kRemark && !finding.is_repeated;
        if (is_remark) {
            finding.sentence.insert(0, "remark: ");
        }
        const std::string text = finding.text() + "\n";
        if ((is_remark || finding.kind == Kind::kProblem) && told.insert(text).second) {
            problems += is_remark ? 0 : 1;
            complain(text);
        }
    }
    if (problems > 0) {
        complain(fmt::format("{} problem{}\n", problems, problems == 1 ? "" : "s"));
        return EXIT_FAILURE;
    }
    print("Syntax OK\n");
    return EXIT_SUCCESS;
}

int explain(const CommandLine& line) {
    const auto config = server::load_config(line);
    if (!config) {
        return fail(config.error());
    }
    const auto explanation = server::explain(*config, line.question);
    if (!explanation) {
        return fail(explanation.error());
    }
    print(*explanation);
    return EXIT_SUCCESS;
}

int list_hosts(const CommandLine& line) {
    const auto config = server::load_config(line);
    if (!config) {
        return fail(config.error());
    }
    print(server::list_hosts(*config));
    return EXIT_SUCCESS;
}

int migrate(const CommandLine& line) {
    const auto migration = server::migrate(line.tree, line.defines);
    if (!migration) {
        return fail(migration.error());
    }
    print(migration->report);
    return migration->is_complete ? EXIT_SUCCESS : EXIT_FAILURE;
}

int serve(const CommandLine& line) {
    // Before anything is opened, which could get its number.
    if (const auto checked = server::check_ready_fd(line.ready_fd); !checked) {
        return fail(checked.error());
    }
    const auto config = server::load_config(line);
    if (!config) {
        return fail(config.error());
    }
    base::release_free_memory();  // before anybody is forked
    server::Supervisor supervisor(*config, {line.ready_fd, line.file.empty()});
    ::signal(SIGXFSZ, SIG_IGN);  // a log that has reached its limit says so by an error
    if (const auto opened = supervisor.open(); !opened) {
        return fail(opened.error());
    }
    const int exit_code = supervisor.run();
    if (exit_code != EXIT_SUCCESS) {
        complain("hoopsnake: could not serve, or not end as it should; the error log tells why\n");
    }
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    base::hold_standard_descriptors();
    ipc::remember_arguments(argc, argv);
    base::keep_time_zone();
    int exit_code = EXIT_SUCCESS;
    const auto line = server::parse_command_line(argc, argv, exit_code);
    if (!line) {
        return exit_code;
    }
    switch (line->action) {
        case CommandLine::Action::kVersion:
            print(fmt::format("Server version: Hoopsnake/{}\n", HOOPSNAKE_VERSION));
            return EXIT_SUCCESS;
        case CommandLine::Action::kBuild:
            return print_build();
        case CommandLine::Action::kListDirectives:
            put(config::directives_markdown(), stdout);
            return EXIT_SUCCESS;
        case CommandLine::Action::kDaemon:
            return server::run_daemon_process(base::Fd(line->daemon_channel));
        case CommandLine::Action::kTest:
            return test(*line);
        case CommandLine::Action::kListHosts:
            return list_hosts(*line);
        case CommandLine::Action::kExplain:
            return explain(*line);
        case CommandLine::Action::kMigrate:
            return migrate(*line);
        case CommandLine::Action::kServe:
            return serve(*line);
    }
    return EXIT_FAILURE;
}
