#include "core/server/command_line.h"

#include <unistd.h>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "core/config/parser.h"
#include "core/config/tokenizer.h"

namespace server {
namespace {

void add_serve(CLI::App& app, const char* name, const char* help, CommandLine& line) {
    CLI::App* const serve = app.add_subcommand(name, help);
    serve->add_option("APP", line.application, "a WSGI script such as app.wsgi, or module:callable")
        ->required();
    serve->add_option("--host", line.host, "address to listen on")->capture_default_str();
    serve->add_option("--port", line.port, "port to listen on; 0 lets the system choose")
        ->capture_default_str()
        ->check(CLI::Range(0, 65535));
    serve
        ->add_option(
            "--processes",
            line.processes,
            "daemon processes; without it the application runs embedded"
        )
        ->check(CLI::Range(1, 512));
    serve->add_option("--threads", line.threads, "request threads of each process")
        ->check(CLI::Range(1, 512));
    serve->add_option(
        "--ready-fd",
        line.ready_fd,
        "descriptor that gets each bound address once requests are served"
    );
}

bool is_module(const std::string& application) {
    return !std::filesystem::exists(application) && application.find('/') == std::string::npos &&
           (application.find(':') != std::string::npos || !application.ends_with(".wsgi"));
}

// The configuration that `serve` means, as one would write it: one way in.
std::string text_for(const CommandLine& line, const std::string& directory) {
    const bool is_v6 = line.host.find(':') != std::string::npos;
    std::string text = "Listen " + (is_v6 ? "[" + line.host + "]" : line.host) + ":" +
                       std::to_string(line.port) + "\n";
    text += "LogLevel info\n";
    const std::string threads = std::to_string(line.threads);
    if (line.processes > 0) {
        text += "WSGIDaemonProcess app processes=" + std::to_string(line.processes);
        text += (line.threads > 0 ? " threads=" + threads : "") +
                " python-path=" + config::in_quotes(directory) + "\n";
        text += "WSGIProcessGroup app\n";
    } else {
        text += line.threads > 0 ? "ThreadsPerChild " + threads + "\n" : "";
        text += "WSGIPythonPath " + config::in_quotes(directory) + "\n";
    }
    text += "WSGIApplicationGroup %{GLOBAL}\n";
    return text;
}

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_code) {
    CommandLine line;
    CLI::App app("Serves WSGI applications from an Apache-syntax configuration file.", "hoopsnake");
    bool tests = false;
    bool version = false;
    bool build = false;
    bool lists = false;
    app.add_option("-f", line.file, "serve this configuration file, in the foreground");
    app.add_flag("-t", tests, "test the configuration file and exit");
    app.add_flag("-v", version, "print the version");
    app.add_flag("-V", build, "print how the program was built and what it finds here");
    app.add_flag("--list-directives", lists, "print the reference of all directives (Markdown)");
    app.add_option(
        "--ready-fd",
        line.ready_fd,
        "descriptor that gets each bound address once requests are served"
    );
    app.add_option("--daemon-channel", line.daemon_channel)->group("");  // for our own processes
    add_serve(app, "serve", "serve one application, without a configuration file", line);
    add_serve(app, "start-server", "the same, in mod_wsgi-express's word", line);
    app.require_subcommand(0, 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {  // CLI11's way of saying so; it ends here
        exit_code = app.exit(error);
        return std::nullopt;
    }
    using Action = CommandLine::Action;
    line.action = line.daemon_channel >= 0 ? Action::kDaemon
                  : version                ? Action::kVersion
                  : build                  ? Action::kBuild
                  : lists                  ? Action::kListDirectives
                  : tests                  ? Action::kTest
                                           : Action::kServe;
    const bool needs_config = line.action == Action::kServe || line.action == Action::kTest;
    if (needs_config && line.file.empty() && line.application.empty()) {
        fmt::print(
            stderr,
            "hoopsnake: nothing to serve: name a configuration file with -f FILE, or an "
            "application with `hoopsnake serve app.wsgi`; --help tells more\n"
        );
        exit_code = 2;
        return std::nullopt;
    }
    return line;
}

base::Result<config::Config> load_config(const CommandLine& line) {
    if (!line.file.empty()) {
        return config::parse_file(line.file);
    }
    std::error_code error;
    const auto current = std::filesystem::current_path(error);
    if (is_module(line.application)) {
        config::Config config =
            TRY(config::parse_text(text_for(line, current.string()), "command line"));
        config::Mount& mount = config::add_module_mount(config, "/", line.application);
        const std::size_t colon = line.application.find(':');
        if (colon != std::string::npos) {
            mount.callable = line.application.substr(colon + 1);
        }
        return config;
    }
    const auto script = std::filesystem::absolute(line.application, error);
    if (::access(script.c_str(), R_OK) != 0) {
        return base::fail(base::Fault::kConfig, "cannot read the application " + script.string());
    }
    return config::parse_text(
        text_for(line, script.parent_path().string()) + "WSGIScriptAlias / " +
            config::in_quotes(script.string()) + "\n",
        "command line"
    );
}

}  // namespace server
