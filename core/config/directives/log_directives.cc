// The directives about access logs, one row each.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/log_values.h"

namespace config {
namespace {

constexpr Directive kLogDirectives[] = {
    {
        .name = "CustomLog",
        .where = kHosts,
        .arguments = "file format|name [env=[!]variable|expr=condition]",
        .value = {2, 3, apply_custom_log, show_custom_log},
        .help = "Where a line per finished request goes, in a format of its own or one of "
                "LogFormat; with a condition, only of the requests for which it holds. Those of a "
                "virtual host replace those of the main server.",
        .example = "CustomLog /var/log/hoopsnake/access.log combined",
    },
    {
        .name = "GlobalLog",
        .where = kServer,
        .arguments = "file format|name [env=[!]variable|expr=condition]",
        .value = {2, 3, apply_global_log, show_global_log},
        .help = "CustomLog for the requests of all virtual hosts, also of those with logs of their "
                "own.",
        .example = "GlobalLog /var/log/hoopsnake/all.log common",
    },
    {
        .name = "LogFormat",
        .where = kHosts,
        .arguments = "format [name]",
        .value = {1, 2, apply_log_format, show_log_format},
        .help = "A format for CustomLog, or without a name for TransferLog. `common` and "
                "`combined` are known already. Items: `%a` and `%h` address of the client, `%A` "
                "of the server, `%B` and `%b` bytes of the answer's body, `%{name}C` cookie, `%D` "
                "microseconds, `%{name}e` variable, `%f` file, `%H` protocol, `%{name}i` field of "
                "the request, `%I` bytes received, `%k` requests before it on the connection, `%l` "
                "`-`, `%L` number of the request, `%m` method, `%{name}o` field of the answer, "
                "`%O` bytes sent with the head, `%p`, `%{local}p` and `%{remote}p` ports, `%P`, "
                "`%{tid}P` and `%{hextid}P` process and thread, `%q` query, `%r` request line, "
                "`%R` handler, `%s` and `%>s` status (both are that of the answer), `%S` bytes "
                "received and sent, `%t` time of the request, `%{format}t` as strftime, `sec`, "
                "`msec`, `usec`, `msec_frac` or `usec_frac` writes it, with `begin:` or `end:` in "
                "front, `%T` and `%{s|ms|us}T` duration, `%u` user, `%U` path, `%v` ServerName, "
                "`%V` name as asked for, `%X` `+` when the connection lives on, `-` when not, `X` "
                "when it broke. `%400,501{name}i` writes an item for these statuses only, `%!200i` "
                "for all others.",
        .example = "LogFormat \"%v:%p %h %t \\\"%r\\\" %>s %O %D\" timed",
    },
    {
        .name = "TransferLog",
        .where = kHosts,
        .arguments = "file",
        .value = {1, 1, apply_transfer_log, show_transfer_log},
        .help = "CustomLog in the format of the LogFormat without a name, else `common`.",
        .example = "TransferLog /var/log/hoopsnake/transfer.log",
    },
};
static_assert(
    std::ranges::is_sorted(kLogDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> log_directives() { return kLogDirectives; }

}  // namespace config
