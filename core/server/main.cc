// The program: arguments → Config → Supervisor. Everything that ends early says why in one
// sentence.
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

#include "core/base/log.h"
#include "core/config/dump.h"
#include "core/loop/ring.h"
#include "core/server/command_line.h"
#include "core/server/daemon_process.h"
#include "core/server/sibling.h"
#include "core/server/supervisor.h"
#include "interp/worker.h"
#include "ipc/spawn.h"

namespace {

using server::CommandLine;

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int fail(const base::Error& error) {
    fmt::print(stderr, "hoopsnake: {}\n", error.what);
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

int serve(const CommandLine& line) {
    const auto config = server::load_config(line);
    if (!config) {
        return fail(config.error());
    }
    if (line.action == CommandLine::Action::kTest) {
        print("Syntax OK\n");
        return EXIT_SUCCESS;
    }
    server::Supervisor supervisor(*config, {line.ready_fd, line.file.empty()});
    if (const auto opened = supervisor.open(); !opened) {
        return fail(opened.error());
    }
    return supervisor.run();
}

}  // namespace

int main(int argc, char** argv) {
    ipc::remember_arguments(argc, argv);
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
            print(config::directives_markdown());
            return EXIT_SUCCESS;
        case CommandLine::Action::kDaemon:
            return server::run_daemon_process(base::Fd(line->daemon_channel));
        case CommandLine::Action::kTest:
        case CommandLine::Action::kServe:
            return serve(*line);
    }
    return EXIT_FAILURE;
}
