// The directives that lead from a URL to a file and its handler, one row each.
#include <algorithm>

#include "core/config/directives/tables.h"
#include "core/config/values/binding.h"
#include "core/config/values/mapping_values.h"

namespace config {
namespace {

constexpr Directive kMappingDirectives[] = {
    {
        .name = "AcceptPathInfo",
        .where = kAnywhere,
        .arguments = "On|Off|Default",
        .value = {1, 1, apply_accept_path_info, show_accept_path_info},
        .help = "Whether a path may go on behind the file that answers it. By default, "
                "scripts accept it and static files do not.",
        .example = "AcceptPathInfo Off",
        .override = override_class::kFileInfo,
    },
    {
        .name = "AccessFileName",
        .where = kHosts,
        .arguments = "name ...",
        .value = names<&VirtualHost::access_file_names>,
        .help = "How the files are called that AllowOverride permits in directories.",
        .example = "AccessFileName .htaccess",
    },
    {
        .name = "AddHandler",
        .where = kAnywhere,
        .arguments = "handler extension ...",
        .value = {2, kAnyNumber, apply_add_handler, show_add_handler},
        .help = "Who answers for files with these extensions: `wsgi-script`, or the name "
                "of a WSGIHandlerScript.",
        .example = "AddHandler wsgi-script .wsgi",
        .override = override_class::kFileInfo,
    },
    {
        .name = "AddType",
        .where = kAnywhere,
        .arguments = "type extension ...",
        .value = {2, kAnyNumber, apply_add_type, show_add_type},
        .help = "The media type of static files with these extensions; "
                "`application/x-httpd-wsgi` makes them WSGI scripts. A type may have 1024 bytes.",
        .example = "AddType text/markdown .md",
        .override = override_class::kFileInfo,
    },
    {
        .name = "Alias",
        .where = kHosts,
        .arguments = "url-path file|directory",
        .value = {2, 2, apply_alias, show_alias},
        .help = "Static files, or scripts by SetHandler and AddHandler, that lie outside "
                "of DocumentRoot. Comes before every WSGIScriptAlias.",
        .example = "Alias /static/ /srv/site/static/",
    },
    {
        .name = "AliasMatch",
        .where = kHosts,
        .arguments = "regex file|directory",
        .value = {2, 2, apply_alias_match, show_alias_match},
        .help = "Alias with a regular expression; `$1` to `$9` are what it captured.",
        .example = "AliasMatch ^/~([^/]+)/(.*) /home/$1/public_html/$2",
    },
    {
        .name = "AllowEncodedSlashes",
        .where = kHosts,
        .arguments = "On|Off|NoDecode",
        .value = {1, 1, apply_encoded_slashes, show_encoded_slashes},
        .help = "What becomes of `%2F` in a path: 404, a slash, or `%2F`.",
        .example = "AllowEncodedSlashes NoDecode",
    },
    {
        .name = "AllowOverride",
        .where = kDirectory,
        .arguments = "All|None|class ...",
        .value = {1, kAnyNumber, apply_allow_override, show_allow_override},
        .help = "Which directives `.htaccess` files may hold: AuthConfig, FileInfo, "
                "Indexes, Limit, Options, `Options=option,...`.",
        .example = "<Directory /srv>\nAllowOverride FileInfo\n</Directory>",
    },
    {
        .name = "AllowOverrideList",
        .where = kDirectory,
        .arguments = "None|directive ...",
        .value = names<&DirectorySettings::allow_override_list>,
        .help = "Single directives that `.htaccess` files may hold besides.",
        .example = "<Directory /srv>\nAllowOverrideList Redirect RedirectMatch\n</Directory>",
    },
    {
        .name = "DirectoryIndex",
        .where = kAnywhere,
        .arguments = "name ...|disabled",
        .value = {1, kAnyNumber, apply_directory_index, show_directory_index},
        .help = "What answers for a directory: the first of these that is there. "
                "`index.html` when left out.",
        .example = "DirectoryIndex index.html index.wsgi",
        .override = override_class::kIndexes,
    },
    {
        .name = "DirectorySlash",
        .where = kAnywhere,
        .arguments = "On|Off",
        .value = on_off<&DirectorySettings::directory_slash>,
        .help = "Whether a directory that was asked for without its final slash is "
                "redirected to.",
        .example = "DirectorySlash Off",
        .override = override_class::kIndexes,
    },
    {
        .name = "DocumentRoot",
        .where = kHosts,
        .arguments = "directory",
        .value = path<&VirtualHost::document_root>,
        .help = "Where static files are looked for that nothing else answers; "
                "DOCUMENT_ROOT in the environ. There are none when left out.",
        .example = "DocumentRoot /srv/www",
    },
    {
        .name = "ErrorDocument",
        .where = kAnywhere,
        .arguments = "status text|path|url",
        .value = {2, 2, apply_error_document, show_error_document},
        .help = "What is shown for an error of the server: a text of up to 16384 bytes, what "
                "answers for a path, or another server's page, both of up to 8192 bytes.",
        .example = "ErrorDocument 404 /errors/missing.html",
        .override = override_class::kFileInfo,
    },
    {
        .name = "FallbackResource",
        .where = kAnywhere,
        .arguments = "path|disabled",
        .value = {1, 1, apply_fallback_resource, show_fallback_resource},
        .help = "What answers for files and directories that do not exist. Unlike in "
                "Apache, its SCRIPT_NAME is the directory of the resource, and PATH_INFO "
                "all that follows.",
        .example = "FallbackResource /index.wsgi",
        .override = override_class::kIndexes,
    },
    {
        .name = "ForceType",
        .where = kDirectory | kHtaccess,
        .arguments = "type|None",
        .value = text_or_none<&DirectorySettings::force_type, &DirectorySettings::force_type_place>,
        .help = "The media type of all static files of the section; it may have 1024 bytes.",
        .example = "<Directory /srv/notes>\nForceType text/plain\n</Directory>",
        .override = override_class::kFileInfo,
    },
    {
        .name = "MergeSlashes",
        .where = kHosts,
        .arguments = "On|Off",
        .value = on_off<&HostSettings::merge_slashes>,
        .help = "Whether `//` in a path is one slash for sections and aliases.",
        .example = "MergeSlashes Off",
    },
    {
        .name = "Options",
        .where = kAnywhere,
        .arguments = "[+|-]option ...",
        .value = {1, kAnyNumber, apply_options, show_options_line},
        .help = "What a directory may do: ExecCGI lets SetHandler and AddHandler run "
                "scripts; FollowSymLinks and SymLinksIfOwnerMatch say which symbolic links "
                "count. Indexes, Includes, IncludesNOEXEC and MultiViews are read and "
                "permit nothing, since there are no such listings, pages and negotiation.",
        .example = "Options +ExecCGI",
        .override = override_class::kOptions,
    },
    {
        .name = "Redirect",
        .where = kAnywhere,
        .arguments = "[status] url-path url",
        .value = {1, 3, apply_redirect, show_redirect},
        .help = "Sends clients elsewhere: permanent, temp (which it is when left out), "
                "seeother, gone, or a number. In a section the path may be left out. The URL may "
                "have 8192 bytes.",
        .example = "Redirect permanent /old https://www.example.com/new",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RedirectMatch",
        .where = kAnywhere,
        .arguments = "[status] regex url",
        .value = {1, 3, apply_redirect_match, show_redirect_match},
        .help = "Redirect with a regular expression; `$1` to `$9` are what it captured.",
        .example = "RedirectMatch 404 /\\\\.git",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RedirectPermanent",
        .where = kAnywhere,
        .arguments = "url-path url",
        .value = {1, 2, apply_redirect_permanent, show_nothing},
        .help = "Redirect permanent.",
        .example = "RedirectPermanent /old /new",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RedirectTemp",
        .where = kAnywhere,
        .arguments = "url-path url",
        .value = {1, 2, apply_redirect_temp, show_nothing},
        .help = "Redirect temp.",
        .example = "RedirectTemp /old /new",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RemoveHandler",
        .where = kAnywhere,
        .arguments = "extension ...",
        .value = {1, kAnyNumber, apply_remove_handler, show_remove_handler},
        .help = "Takes away what an outer AddHandler has said.",
        .example = "<Directory /srv/source>\nRemoveHandler .wsgi\n</Directory>",
        .override = override_class::kFileInfo,
    },
    {
        .name = "RemoveType",
        .where = kAnywhere,
        .arguments = "extension ...",
        .value = {1, kAnyNumber, apply_remove_type, show_remove_type},
        .help = "Takes away what an outer AddType has said.",
        .example = "<Directory /srv/source>\nRemoveType .md\n</Directory>",
        .override = override_class::kFileInfo,
    },
    {
        .name = "SetHandler",
        .where = kAnywhere,
        .arguments = "handler|None",
        .value = text_or_none<&DirectorySettings::handler, &DirectorySettings::handler_place>,
        .help = "Who answers for all files of the section: `wsgi-script`, or the name of a "
                "WSGIHandlerScript.",
        .example = "SetHandler wsgi-script",
        .override = override_class::kFileInfo,
    },
    {
        .name = "TypesConfig",
        .where = kServer,
        .arguments = "file",
        .value = path<&Config::types_config>,
        .help = "The media types of extensions; `/etc/mime.types` when left out.",
        .example = "TypesConfig /etc/mime.types",
    },
    {
        .name = "UserDir",
        .where = kHosts,
        .arguments = "directory ...|disabled [user ...]|enabled user ...",
        .value = {1, kAnyNumber, apply_user_dir, show_user_dir},
        .help = "Where `/~name` leads: to a directory in the home of that user, or to an absolute "
                "one in which `*` is the name; the first that is there. It leads nowhere when left "
                "out.",
        .example = "UserDir public_html",
    },
};
static_assert(
    std::ranges::is_sorted(kMappingDirectives, {}, &Directive::name), "keep the rows in order"
);

}  // namespace

std::span<const Directive> mapping_directives() { return kMappingDirectives; }

}  // namespace config
