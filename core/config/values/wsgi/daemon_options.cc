// WSGIDaemonProcess: every option of it that exists here, one row each, and the names of those that
// do not yet.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/binding.h"
#include "core/config/values/wsgi/wsgi_values.h"

namespace config {
namespace {

constexpr std::uint64_t kBytesMax = 1ULL << 30;
// CPython wants 32 KiB for itself (threading.stack_size), and stands on what serves a request.
constexpr std::size_t kStackMin = 64 * 1024;

constexpr Value kProcesses = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        scope.group->processes_given = true;
        return number<&DaemonGroup::processes, 1, 1024>.apply(scope, words);
    },
    .show =
        [](const View& view) {
            return view.group->processes_given ? number<&DaemonGroup::processes, 1, 1024>.show(view)
                                               : std::vector<std::string>();
        },
};

constexpr Value kPassEnvironment = {
    .apply = [](Scope& scope, Words words) -> base::Result<> {
        std::vector<std::string> names;
        for (std::string_view left = words[0];;) {
            const std::size_t colon = left.find(':');
            const std::string_view name = left.substr(0, colon);
            if (name.empty() ||
                name.substr(0, name.size() - 1).find_first_of("*=") != std::string_view::npos ||
                name.back() == '=') {
                return base::fail(
                    base::Fault::kConfig,
                    "expected names of variables separated by \":\", each with a \"*\" at most at "
                    "its end"
                );
            }
            names.emplace_back(name);
            if (colon == std::string_view::npos) {
                break;
            }
            left.remove_prefix(colon + 1);
        }
        member<&DaemonGroup::pass_environment>(scope) = std::move(names);
        return {};
    },
    .show =
        [](const View& view) {
            return show_member<&DaemonGroup::pass_environment>(view, [](const auto& names) {
                return fmt::format("{}", fmt::join(names, ":"));
            });
        },
};

constexpr Option kDaemonOptions[] = {
    {
        .name = "display-name",
        .value = text<&DaemonGroup::display_name, read_word>,
        .complaint = "",
        .help = "The title of the processes in ps; `%{GROUP}` becomes `(wsgi:NAME)`.",
    },
    {
        .name = "group",
        .value = text<&DaemonGroup::group, read_group>,
        .complaint = "Invalid group for WSGI daemon process",
        .help = "The group to run as, a name or `#gid`; Group when left out.",
    },
    {
        .name = "home",
        .value = text<&DaemonGroup::home, read_absolute_path>,
        .complaint = "Invalid home directory for WSGI daemon process",
        .help = "The working directory, and the first entry of `sys.path`.",
    },
    {
        .name = "new-privileges",
        .value = on_off<&DaemonGroup::new_privileges>,
        .complaint = "Invalid value for new-privileges of WSGI daemon process",
        .help = "`On` lets programs that the group starts gain rights that it does not have: "
                "`sudo`, and `sendmail` where it is setuid or setgid. Off, they run with the "
                "rights of the group (no_new_privs).",
    },
    {
        .name = "pass-environment",
        .value = kPassEnvironment,
        .complaint = "Invalid pass-environment for WSGI daemon process",
        .help = "Names of variables, separated by `:`, that the group's `os.environ` has from the "
                "environment in which the server was started; `NAME_*` is all that begin so, `*` "
                "all. Without it, only what any program needs is passed: PATH, HOME, USER, "
                "LOGNAME, USERNAME, SHELL, LANG, LANGUAGE, LC_*, TZ, TZDIR, TMPDIR, "
                "SSL_CERT_FILE, SSL_CERT_DIR, PYTHON*, and what the loader, the allocators and "
                "sanitizers read.",
    },
    {
        .name = "processes",
        .value = kProcesses,
        .complaint = "Invalid process count for WSGI daemon process",
        .help = "How many processes, 1 when left out. Writing it, even `=1`, makes "
                "`wsgi.multiprocess` true.",
    },
    {
        .name = "python-home",
        .value = path<&DaemonGroup::python_home>,
        .complaint = "",
        .help = "A Python installation or virtual environment; WSGIPythonHome when left out.",
    },
    {
        .name = "python-path",
        .value = paths<&DaemonGroup::python_path>,
        .complaint = "",
        .help = "Directories for the front of `sys.path`, separated by `:`.",
    },
    {
        .name = "receive-buffer-size",
        .value = number_or_zero<&DaemonGroup::receive_buffer_size, 512, kBytesMax>,
        .complaint = "Receive buffer size must be >= 512 bytes, or 0 for system default",
        .help = "Bytes of the receive buffer between server and daemon process; 0 is the system's.",
    },
    {
        .name = "script-group",
        .value = text<&DaemonGroup::script_group, read_group>,
        .complaint = "Invalid script group for WSGI daemon process",
        .help = "The group, a name or `#gid`, that a script and its directory must belong to; "
                "neither may be writable by others. Else 403.",
    },
    {
        .name = "script-user",
        .value = text<&DaemonGroup::script_user, read_owner>,
        .complaint = "Invalid script user for WSGI daemon process",
        .help = "The user, a name or `#uid`, who must own a script and its directory; neither may "
                "be writable by the group or by others. Else 403.",
    },
    {
        .name = "send-buffer-size",
        .value = number_or_zero<&DaemonGroup::send_buffer_size, 512, kBytesMax>,
        .complaint = "Send buffer size must be >= 512 bytes, or 0 for system default",
        .help = "Bytes of the send buffer between server and daemon process; 0 is the system's.",
    },
    {
        .name = "stack-size",
        .value = number<&DaemonGroup::stack_size, kStackMin, kBytesMax>,
        .complaint = "Invalid stack size for WSGI daemon process",
        .help = "Bytes of the stack of a request thread; the system's when left out.",
    },
    {
        .name = "threads",
        .value = number<&DaemonGroup::threads, 1, 512>,
        .complaint = "Invalid thread count for WSGI daemon process",
        .help = "Request threads per process.",
    },
    {
        .name = "user",
        .value = text<&DaemonGroup::user, read_user>,
        .complaint = "",
        .help = "The user to run as, a name or `#uid`, not root; User when left out.",
    },
};
static_assert(std::ranges::is_sorted(kDaemonOptions, {}, &Option::name), "keep the rows in order");

// What mod_wsgi documents and this program does not have.
constexpr std::array<std::string_view, 31> kNotImplemented = {
    "chroot",
    "connect-timeout",
    "cpu-priority",
    "cpu-time-limit",
    "deadlock-timeout",
    "eviction-timeout",
    "graceful-timeout",
    "header-buffer-size",
    "inactivity-timeout",
    "interrupt-timeout",
    "lang",
    "listen-backlog",
    "locale",
    "maximum-requests",
    "memory-limit",
    "python-eggs",
    "queue-timeout",
    "request-timeout",
    "response-buffer-size",
    "response-flush-delay",
    "response-socket-timeout",
    "restart-interval",
    "server-metrics",
    "shutdown-timeout",
    "socket-timeout",
    "socket-user",
    "startup-timeout",
    "supplementary-groups",
    "switch-interval",
    "umask",
    "virtual-memory-limit",
};
static_assert(std::ranges::is_sorted(kNotImplemented), "keep the names in order");

bool is_option(std::string_view word) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    return equals != std::string_view::npos &&
           (std::ranges::find(kDaemonOptions, name, &Option::name) != std::end(kDaemonOptions) ||
            std::ranges::binary_search(kNotImplemented, name));
}

base::Result<> apply_daemon_option(Scope& scope, const std::string& word) {
    const auto name = std::string_view(word).substr(0, word.find('='));
    if (name.size() < word.size() && std::ranges::binary_search(kNotImplemented, name)) {
        return refuse(fmt::format("{}: the option {} is not implemented; leave it out", word, name)
        );
    }
    if (word == "threads=0") {
        return refuse(
            "threads=0: expected a number from 1 to 512; processes without request threads are not "
            "implemented"
        );
    }
    return apply_option(
        scope, word, kDaemonOptions, "Invalid option to WSGI daemon process definition"
    );
}

}  // namespace

std::span<const Option> daemon_options() { return kDaemonOptions; }

base::Result<> apply_daemon_process(Scope& scope, Words words) {
    const auto& name = words[0];
    if (name.empty() || is_option(name)) {
        return refuse("Name of WSGI daemon process not supplied; write it before the options");
    }
    auto& groups = scope.config.daemon_groups;
    if (const auto other = std::ranges::find(groups, name, &DaemonGroup::name);
        other != groups.end()) {
        return refuse(fmt::format(
            "Name duplicates previous WSGI daemon definition; \"{}\" is defined at {}",
            name,
            other->place.text()
        ));
    }
    DaemonGroup group;
    group.name = name;
    group.index = static_cast<std::uint32_t>(groups.size());
    group.host = scope.host;
    group.place = scope.place;
    scope.group = &group;
    base::Result<> applied;
    for (const auto& word : words.subspan(1)) {
        if (auto option = apply_daemon_option(scope, word); !option && applied) {
            applied = std::move(option);
        }
    }
    scope.group = nullptr;
    if (applied && !group.script_user.empty() && !group.script_group.empty()) {
        applied = refuse("Only one of script-user and script-group allowed.");
    }
    groups.push_back(std::move(group)
    );  // with a bad option too, so that those who name it are not blamed
    return applied;
}

std::vector<std::string> show_daemon_process(const View& view) {
    const DaemonGroup plain;
    std::vector<std::string> lines;
    for (const auto& group : view.config.daemon_groups) {
        if (group.host == view.host.index) {
            const View own{view.config, view.host, &group};
            const View defaults{view.config, view.host, &plain};
            lines.push_back(in_quotes(group.name) + show_options(own, defaults, kDaemonOptions));
        }
    }
    return lines;
}

}  // namespace config
