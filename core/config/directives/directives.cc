// The directives of the server and of virtual hosts, one row each. A row is the whole story: the
// parser, -L, DIRECTIVES.md, the dump and the tests all read it.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/binding.h"
#include "core/config/values/server_values.h"
#include "core/config/values/wsgi/wsgi_values.h"

namespace config {
namespace {

constexpr Directive kServerDirectives[] = {
    {
        .name = "AllowRoot",
        .where = kServer,
        .arguments = "On|Off",
        .value = on_off<&Config::allow_root>,
        .help = "Whether `User root` is meant: clients are then served, and applications run, as "
                "root. Without it a server that root starts needs another User.",
        .example = "AllowRoot On",
    },
    {
        .name = "ErrorLog",
        .where = kHosts,
        .arguments = "file",
        .value = text<&HostSettings::error_log, read_log_path, &HostSettings::error_log_place>,
        .help = "Where errors and the output of applications go. Standard error when left out.",
        .example = "ErrorLog /var/log/hoopsnake/error.log",
    },
    {
        .name = "Group",
        .where = kServer,
        .arguments = "name|#gid",
        .value = text<&Config::group, read_group, &Config::group_place>,
        .help = "The group that server processes run as when started by root.",
        .example = "Group www-data",
    },
    {
        .name = "KeepAlive",
        .where = kHosts,
        .arguments = "On|Off",
        .value = on_off<&HostSettings::keep_alive>,
        .help = "Whether a connection may carry more than one request.",
        .example = "KeepAlive Off",
    },
    {
        .name = "KeepAliveTimeout",
        .where = kHosts,
        .arguments = "seconds",
        .value = seconds<&HostSettings::keep_alive_timeout, 1, 3600>,
        .help = "How long an idle connection waits for its next request.",
        .example = "KeepAliveTimeout 30",
    },
    {
        .name = "LimitRequestBody",
        .where = kServer,
        .arguments = "bytes",
        .value = number_or_zero<&Config::limit_request_body, 1, 1ULL << 53>,
        .help = "The largest request body; a larger one is answered with 413. 0 is no limit.",
        .example = "LimitRequestBody 10485760",
    },
    {
        .name = "LimitRequestFieldSize",
        .where = kServer,
        .arguments = "bytes",
        .value = number<&Config::limit_request_field_size, 256, 1 << 20>,
        .help = "The longest header field; a longer one is answered with 431.",
        .example = "LimitRequestFieldSize 16380",
    },
    {
        .name = "LimitRequestFields",
        .where = kServer,
        .arguments = "number",
        .value = number<&Config::limit_request_fields, 1, 32767>,
        .help = "How many header fields a request may have; more are answered with 431.",
        .example = "LimitRequestFields 50",
    },
    {
        .name = "LimitRequestLine",
        .where = kServer,
        .arguments = "bytes",
        .value = number<&Config::limit_request_line, 256, 1 << 20>,
        .help = "The longest request line; a longer one is answered with 414.",
        .example = "LimitRequestLine 16380",
    },
    {
        .name = "Listen",
        .where = kServer,
        .arguments = "[address:]port [http]",
        .value = {1, 2, apply_listen, show_listen},
        .help = "An address to accept connections on; `[::1]:80` for IPv6, port 0 for any free "
                "one. At least one is needed.",
        .example = "Listen 127.0.0.1:8000",
    },
    {
        .name = "LogLevel",
        .where = kHosts,
        .arguments = "[wsgi:]level ...",
        .value = {1, kAnyNumber, apply_log_level, show_log_level},
        .help = "The least important messages to log: emerg, alert, crit, error, warn, notice, "
                "info, debug, trace1 to "
                "trace8. `wsgi:level` beats a plain level; `module:level` of other modules is "
                "accepted and has no effect.",
        .example = "LogLevel warn wsgi:info",
    },
    {
        .name = "MaxKeepAliveRequests",
        .where = kHosts,
        .arguments = "number",
        .value = number_or_zero<&HostSettings::max_keep_alive_requests, 1, 1 << 30>,
        .help = "How many requests a connection may carry; 0 is any number.",
        .example = "MaxKeepAliveRequests 1000",
    },
    {
        .name = "PidFile",
        .where = kServer,
        .arguments = "file",
        .value = text<&Config::pid_file, read_path, &Config::pid_file_place>,
        .help = "Where the process number of the supervisor is written.",
        .example = "PidFile /run/hoopsnake.pid",
    },
    {
        .name = "RequestReadTimeout",
        .where = kHosts,
        .arguments = "[header=seconds[-seconds][,MinRate=bytes]] [body=...]",
        .value = {1, 3, apply_request_read_timeout, show_request_read_timeout},
        .help = "How long a client may take to send a head, and a body; then 408. Each MinRate "
                "bytes give it a second more, up to the longer time. The default is "
                "`header=20-40,MinRate=500 body=20,MinRate=500`. The application is called when "
                "the body is there, or 256 KiB of it; with `body=0`, a body may take any time and "
                "is not waited for.",
        .example = "RequestReadTimeout header=10",
    },
    {
        .name = "ServerAdmin",
        .where = kHosts,
        .arguments = "address",
        .value = text<&VirtualHost::server_admin, read_word>,
        .help = "SERVER_ADMIN in the environ.",
        .example = "ServerAdmin webmaster@example.com",
    },
    {
        .name = "ServerAlias",
        .where = kHosts,
        .arguments = "host ...",
        .value = {1, kAnyNumber, apply_server_alias, show_server_alias},
        .help = "Further names of the virtual host; `*` and `?` are wildcards.",
        .example = "ServerAlias example.org *.example.org",
    },
    {
        .name = "ServerName",
        .where = kHosts,
        .arguments = "host[:port]",
        .value = {1, 1, apply_server_name, show_server_name},
        .help = "The name of the server or virtual host. A virtual host without one has the main "
                "server's.",
        .example = "ServerName www.example.com",
    },
    {
        .name = "ServerRoot",
        .where = kServer,
        .arguments = "directory",
        .value = path<&Config::server_root>,
        .help = "Where relative paths start. The directory of the configuration file when left "
                "out.",
        .example = "ServerRoot /etc/hoopsnake",
    },
    {
        .name = "ServerThreads",
        .where = kServer,
        .arguments = "number",
        .value = number<&Config::server_threads, 0, 64>,
        .help = "Event loops of a server process; 0 is the number of cores, up to 4.",
        .example = "ServerThreads 2",
    },
    {
        .name = "StartServers",
        .where = kServer,
        .arguments = "number",
        .value = number<&Config::server_processes, 1, 64>,
        .help = "Server processes, which accept connections and run embedded mode.",
        .example = "StartServers 2",
    },
    {
        .name = "ThreadsPerChild",
        .where = kServer,
        .arguments = "number",
        .value = number<&Config::embedded_threads, 1, 512>,
        .help =
            "Request threads of embedded mode in each server process. Virtual hosts take turns, "
            "and where there are several, an eighth of the threads (one at least) is for those "
            "that have none. While the others have all of them, there are up to as many again, one "
            "for each of those.",
        .example = "ThreadsPerChild 25",
    },
    {
        .name = "Timeout",
        .where = kHosts,
        .arguments = "seconds",
        .value = seconds<&HostSettings::timeout, 1, 86400>,
        .help =
            "How long a client, or an application in a daemon process, may be silent, and one in "
            "embedded mode that yields nothing; and how long a request may wait for a thread "
            "of embedded mode (503) or for a dispatch script (504).",
        .example = "Timeout 120",
    },
    {
        .name = "UseCanonicalName",
        .where = kHosts,
        .arguments = "On|Off",
        .value = on_off<&HostSettings::use_canonical_name>,
        .help = "Whether SERVER_NAME and SERVER_PORT are those of ServerName; else they are what "
                "the client asked for.",
        .example = "UseCanonicalName On",
    },
    {
        .name = "User",
        .where = kServer,
        .arguments = "name|#uid",
        .value = text<&Config::user, read_owner, &Config::user_place>,
        .help = "The user that server processes run as when started by root, who must name one; "
                "root itself only with AllowRoot. A number without an account needs Group, too.",
        .example = "User www-data",
    },
    {
        .name = "WSGIDaemonProcess",
        .where = kHosts,
        .arguments = "name [option=value ...]",
        .value = {1, kAnyNumber, apply_daemon_process, show_daemon_process},
        .help = "A group of processes for applications. Usable from the virtual host that it "
                "stands in and from those of "
                "the same ServerName; from everywhere when it stands outside.",
        .example = "WSGIDaemonProcess site processes=2 threads=15 display-name=%{GROUP}",
    },
    {
        .name = "WSGIPythonHome",
        .where = kServer,
        .arguments = "directory",
        .value = path<&Config::python_home>,
        .help = "The Python installation or virtual environment of all processes without a "
                "python-home of their own.",
        .example = "WSGIPythonHome /srv/venv",
    },
    {
        .name = "WSGIPythonPath",
        .where = kServer,
        .arguments = "directory[:directory ...]",
        .value = paths<&Config::python_path>,
        .help = "Directories for the front of `sys.path` in embedded mode.",
        .example = "WSGIPythonPath /srv/site:/srv/lib",
    },
};
static_assert(
    std::ranges::is_sorted(kServerDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> server_directives() { return kServerDirectives; }

}  // namespace config
