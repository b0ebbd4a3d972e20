#include "core/server/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "core/config/configuration_parser.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/values/readers.h"
#include "core/server/served_as.h"

namespace server {
namespace {

// Descriptors below are standard input, output and error.
constexpr int kFirstOfOurs = 3;

// CLI11's way of asking: "" is a yes.
std::string check_address(std::string& text) {
    return config::is_ip_address(text)
               ? ""
               : "expected an IPv4 or IPv6 address, without brackets and port";
}

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
        "--user",
        line.user,
        "whom the processes become when root starts them; without it the owner of APP, www-data or "
        "nobody, whoever may read it, else root"
    );
    serve->add_option("--group", line.group, "likewise; the user's own group when left out");
    serve
        ->add_option(
            "--ready-fd",
            line.ready_fd,
            "descriptor that gets each bound address once requests are served"
        )
        ->check(CLI::Range(kFirstOfOurs, std::numeric_limits<int>::max()));
}

CLI::App* add_explain(CLI::App& app, CommandLine& line) {
    CLI::App* const explain = app.add_subcommand(
        "explain", "say what the configuration of -f makes of a request, without serving"
    );
    Question& question = line.question;
    explain->fallthrough();  // -f and -D may stand behind it
    explain->add_option("URL", question.url, "as a client asks for it: http://host:port/path?query")
        ->required();
    explain->add_option("--method", question.method, "of the request")->capture_default_str();
    explain
        ->add_option(
            "--header", question.fields, "a header field, as in 'Accept: text/html'; repeatable"
        )
        ->allow_extra_args(false);
    explain->add_option("--remote", question.remote, "address of the client")
        ->capture_default_str()
        ->check(CLI::Validator(check_address, "ADDRESS"));
    explain
        ->add_option(
            "--local",
            question.local,
            "address at which the connection arrives, if not the Listen's"
        )
        ->check(CLI::Validator(check_address, "ADDRESS"));
    explain->add_flag("--json", question.is_json, "answer with one JSON object");
    return explain;
}

CLI::App* add_migrate(CLI::App& app, CommandLine& line) {
    CLI::App* const migrate = app.add_subcommand(
        "migrate", "say what of an Apache configuration would work here, and what would not"
    );
    migrate->fallthrough();
    migrate
        ->add_option(
            "TREE", line.tree, "/etc/apache2 of Debian, /etc/httpd of Red Hat, or a copy of them"
        )
        ->required();
    return migrate;
}

bool is_module(const std::string& application) {
    return !std::filesystem::exists(application) && application.find('/') == std::string::npos &&
           (application.find(':') != std::string::npos || !application.ends_with(".wsgi"));
}

// What a supervisor starts a daemon process with. Not CLI11's to read: every daemon process would
// pay for all the words that a person may write.
std::optional<int> channel_of_daemon(int argc, char** argv) {
    constexpr std::string_view kOption = "--daemon-channel=";
    const std::string_view word = argc == 2 ? argv[1] : "";
    int channel = -1;
    if (!word.starts_with(kOption) ||
        std::from_chars(word.data() + kOption.size(), word.data() + word.size(), channel).ec !=
            std::errc() ||
        channel < 0) {
        return std::nullopt;
    }
    return channel;
}

// The configuration that `serve` means, as one would write it: one way in.
std::string text_for(
    const CommandLine& line, const std::string& directory, const ServedAs& served_as
) {
    std::string text = "Listen " + config::join_host_and_port(line.host, line.port) + "\n";
    text += "LogLevel info\n" + served_as.text;
    const std::string threads = std::to_string(line.threads);
    if (line.processes > 0) {
        text += "WSGIDaemonProcess app processes=" + std::to_string(line.processes);
        text +=
            (line.threads > 0 ? " threads=" + threads : "") +
            " python-path=" + config::in_quotes(directory) +
            " pass-environment=*\n";  // whoever says `serve` starts one application of their own
        text += "WSGIProcessGroup app\n";
    } else {
        text += line.threads > 0 ? "ThreadsPerChild " + threads + "\n" : "";
        text += "WSGIPythonPath " + config::in_quotes(directory) + "\n";
    }
    text += "WSGIApplicationGroup %{GLOBAL}\n";
    return text;
}

// Loaded at the start, so that what is wrong with it is told then, and not to the first client.
void load_early(config::Config& config, const CommandLine& line) {
    config::Mount& mount = config.mounts.back();
    mount.process_group = line.processes > 0 ? "app" : config::kGlobalGroup;
    mount.application_group = config::kGlobalGroup;
}

void note(config::Config& config, const ServedAs& served_as) {
    if (!served_as.remark.empty()) {
        config.warnings.push_back(served_as.remark);
    }
}

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_code) {
    CommandLine line;
    if (const auto channel = channel_of_daemon(argc, argv)) {
        line.action = CommandLine::Action::kDaemon;
        line.daemon_channel = *channel;
        return line;
    }
    CLI::App app("Serves WSGI applications from an Apache-syntax configuration file.", "hoopsnake");
    bool tests = false;
    bool version = false;
    bool build = false;
    bool lists = false;
    bool lists_hosts = false;
    app.add_option("-f", line.file, "serve this configuration file, in the foreground");
    app.add_flag("-t", tests, "test the configuration file and exit");
    app.add_flag("-v", version, "print the version");
    app.add_flag("-V", build, "print how the program was built and what it finds here");
    app.add_flag("-L,--list-directives", lists, "print the reference of all directives (Markdown)");
    app.add_flag("-S", lists_hosts, "show the virtual hosts, their mounts and process groups");
    app.add_option("-D", line.defines, "define a name for <IfDefine>; may be repeated")
        ->allow_extra_args(false);
    app.add_option(
           "--ready-fd",
           line.ready_fd,
           "descriptor that gets each bound address once requests are served"
    )
        ->check(CLI::Range(kFirstOfOurs, std::numeric_limits<int>::max()));
    add_serve(app, "serve", "serve one application, without a configuration file", line);
    add_serve(app, "start-server", "the same, in mod_wsgi-express's word", line);
    const CLI::App* const explain = add_explain(app, line);
    const CLI::App* const migrate = add_migrate(app, line);
    app.require_subcommand(0, 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {  // CLI11's way of saying so; it ends here
        exit_code = app.exit(error);
        return std::nullopt;
    }
    using Action = CommandLine::Action;
    line.action = version             ? Action::kVersion
                  : build             ? Action::kBuild
                  : lists             ? Action::kListDirectives
                  : migrate->parsed() ? Action::kMigrate
                  : explain->parsed() ? Action::kExplain
                  : lists_hosts       ? Action::kListHosts
                  : tests             ? Action::kTest
                                      : Action::kServe;
    const bool needs_config = line.action == Action::kServe || line.action == Action::kTest ||
                              line.action == Action::kListHosts || line.action == Action::kExplain;
    if (needs_config && line.file.empty() && line.application.empty()) {
        std::fputs(
            "hoopsnake: nothing to serve: name a configuration file with -f FILE, or an "
            "application with `hoopsnake serve app.wsgi`; --help tells more\n",
            stderr
        );
        exit_code = 2;
        return std::nullopt;
    }
    return line;
}

base::Result<> check_ready_fd(int ready_fd) {
    if (ready_fd < 0) {
        return {};  // nobody asks
    }
    const int flags = ::fcntl(ready_fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "--ready-fd {}: {}",
                ready_fd,
                flags < 0 ? "there is no such descriptor; whoever starts the server has to open it"
                          : "this descriptor is not open for writing"
            )
        );
    }
    return {};
}

base::Result<config::Config> load_config(
    const CommandLine& line, std::vector<config::Finding>* findings
) {
    if (!line.file.empty()) {
        config::ParseOptions options;
        options.defines = line.defines;
        options.findings = findings;
        return config::parse_file(line.file, options);
    }
    std::error_code error;
    const auto current = std::filesystem::current_path(error);
    if (is_module(line.application)) {
        const ServedAs served_as = served_as_whom(line.user, line.group, current.string());
        config::Config config =
            TRY(config::parse_text(text_for(line, current.string(), served_as), "command line"));
        note(config, served_as);
        config::Mount& mount = config::add_module_mount(config, "/", line.application);
        const std::size_t colon = line.application.find(':');
        if (colon != std::string::npos) {
            mount.callable = line.application.substr(colon + 1);
        }
        load_early(config, line);
        return config;
    }
    const auto script = std::filesystem::absolute(line.application, error);
    if (!std::filesystem::is_regular_file(script, error)) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "cannot serve {}: {}; name a WSGI script, such as app.wsgi, or module:callable",
                script.string(),
                std::filesystem::is_directory(script, error) ? "it is a directory"
                : std::filesystem::exists(script, error)     ? "it is no regular file"
                : error                                      ? error.message()
                                                             : "it does not exist"
            )
        );
    }
    if (::access(script.c_str(), R_OK) != 0) {
        return base::fail(base::Fault::kConfig, "cannot read the application " + script.string());
    }
    const ServedAs served_as = served_as_whom(line.user, line.group, script.string());
    config::Config config = TRY(config::parse_text(
        text_for(line, script.parent_path().string(), served_as) + "WSGIScriptAlias / " +
            config::in_quotes(script.string()) + "\n",
        "command line"
    ));
    note(config, served_as);
    load_early(config, line);
    return config;
}

}  // namespace server
