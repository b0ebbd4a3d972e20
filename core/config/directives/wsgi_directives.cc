// The directives of mod_wsgi that choose script, group and callable of a request, one row each.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/binding.h"
#include "core/config/values/mapping_values.h"
#include "core/config/values/wsgi/wsgi_values.h"

namespace config {
namespace {

constexpr Directive kWsgiDirectives[] = {
    {
        .name = "WSGIApplicationGroup",
        .where = kHosts | kDirectory,
        .arguments = "name|%{GLOBAL}|%{SERVER}|%{HOST}|%{RESOURCE}|%{ENV:name}",
        .value = text<&DirectorySettings::application_group, read_group_name>,
        .help = "The Python sub-interpreter of an application; `%{GLOBAL}` is the main "
                "interpreter.",
        .example = "WSGIApplicationGroup %{GLOBAL}",
    },
    {
        .name = "WSGICallableObject",
        .where = kAnywhere,
        .arguments = "name|%{ENV:name}",
        .value = text<&DirectorySettings::callable, read_callable>,
        .help = "The global of the script that is the application.",
        .example = "WSGICallableObject app",
        .override = override_class::kFileInfo,
    },
    {
        .name = "WSGIDispatchScript",
        .where = kHosts | kDirectory,
        .arguments = "file [application-group=name]",
        .value = {1, kAnyNumber, apply_dispatch_script, show_dispatch_script},
        .help = "A script that is asked, in the server process, which groups and callable a "
                "request gets: its functions `process_group(environ)`, "
                "`application_group(environ)` and `callable_object(environ)` return a name, or "
                "None for what the configuration says. It runs in the main interpreter unless "
                "application-group says otherwise, and every request waits for it.",
        .example = "WSGIDispatchScript /srv/site/dispatch.py",
    },
    {
        .name = "WSGIGroupPort",
        .where = kServer,
        .arguments = "Canonical|Client",
        .value = {1, 1, apply_group_port, show_group_port},
        .help = "The port in the names of `%{SERVER}` and `%{RESOURCE}` groups: that of "
                "ServerName, else the one where the connection arrived; or, as in "
                "mod_wsgi, that of the client's Host field, so that clients can make any "
                "number of sub-interpreters.",
        .example = "WSGIGroupPort Client",
    },
    {
        .name = "WSGIHandlerScript",
        .where = kHosts | kDirectory,
        .arguments = "name file [option=value ...]",
        .value = {2, kAnyNumber, apply_handler_script, show_handler_script},
        .help = "A script whose `handle_request` answers where SetHandler or AddHandler "
                "say its name. Its options are those of WSGIScriptAlias but for "
                "callable-object.",
        .example = "WSGIHandlerScript markdown /srv/handlers/markdown.wsgi",
    },
    {
        .name = "WSGIImportScript",
        .where = kHosts,
        .arguments = "file process-group=name application-group=name",
        .value = {1, kAnyNumber, apply_import_script, show_import_script},
        .help =
            "A script that the processes of a group load before they take requests; both names "
            "are needed, `%{GLOBAL}` is embedded mode and the main interpreter. One that "
            "fails is told in the error log, and the process goes on. In embedded mode others are "
            "served meanwhile; requests of the same application group wait, `Timeout` at most, "
            "and get 503 then.",
        .example = "WSGIDaemonProcess site\nWSGIImportScript /srv/site/warm_up.py "
                   "process-group=site application-group=%{GLOBAL}",
    },
    {
        .name = "WSGIPassAuthorization",
        .where = kAnywhere,
        .arguments = "On|Off",
        .value = on_off<&DirectorySettings::pass_authorization>,
        .help = "Whether applications see the Authorization field as HTTP_AUTHORIZATION.",
        .example = "WSGIPassAuthorization On",
        .override = override_class::kFileInfo,
    },
    {
        .name = "WSGIProcessGroup",
        .where = kHosts | kDirectory,
        .arguments = "name|%{GLOBAL}|%{SERVER}|%{HOST}|%{RESOURCE}|%{ENV:name}",
        .value = text<
            &DirectorySettings::process_group,
            read_group_name,
            &DirectorySettings::process_group_place>,
        .help = "The daemon group that runs the applications, and what `.htaccess` files make "
                "scripts of (AllowOverride FileInfo, with ExecCGI), which `process-group=` of an "
                "alias does not; `%{GLOBAL}` is embedded mode.",
        .example = "WSGIDaemonProcess blog\nWSGIProcessGroup blog",
    },
    {
        .name = "WSGIRestrictEmbedded",
        .where = kServer,
        .arguments = "On|Off",
        .value = on_off<&Config::restrict_embedded>,
        .help = "Whether requests that would run in embedded mode are answered with 500.",
        .example = "WSGIRestrictEmbedded On",
    },
    {
        .name = "WSGIRestrictProcess",
        .where = kHosts | kDirectory,
        .arguments = "name ...",
        .value = names_or_none<&DirectorySettings::restrict_process>,
        .help = "The daemon groups that may be chosen, whatever the case of their names; "
                "`%{GLOBAL}` permits embedded mode.",
        .example = "WSGIRestrictProcess blog wiki",
    },
    {
        .name = "WSGIScriptAlias",
        .where = kHosts,
        .arguments = "url-path file|directory [option=value ...]",
        .value = {2, kAnyNumber, apply_script_alias, show_script_alias},
        .help = "Mounts a WSGI script, or all scripts of a directory. The first match "
                "wins; those of a virtual host come before those of the main server.",
        .example = "WSGIScriptAlias / /srv/site/app.wsgi",
    },
    {
        .name = "WSGIScriptAliasMatch",
        .where = kHosts,
        .arguments = "regex file|directory [option=value ...]",
        .value = {2, kAnyNumber, apply_script_alias_match, show_script_alias_match},
        .help = "WSGIScriptAlias with a regular expression; `$1` to `$9` are what it "
                "captured, and what follows the match is added to the target.",
        .example = "WSGIScriptAliasMatch ^/apps/([^/]+) /srv/apps/$1.wsgi",
    },
    {
        .name = "WSGIScriptReloading",
        .where = kAnywhere,
        .arguments = "On|Off",
        .value = on_off<&DirectorySettings::script_reloading>,
        .help = "Whether a script that has changed, or is another file, is loaded again.",
        .example = "WSGIScriptReloading Off",
        .override = override_class::kFileInfo,
    },
};
static_assert(
    std::ranges::is_sorted(kWsgiDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> wsgi_directives() { return kWsgiDirectives; }

}  // namespace config
