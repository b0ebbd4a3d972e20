// The configuration as plain structs with their defaults. Filled by the parser, read by everyone,
// changed by nobody.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/system/log.h"
#include "core/config/expression/expression.h"
#include "core/config/model/log_format.h"
#include "core/config/model/place.h"
#include "core/config/model/section.h"

namespace config {

// Listen: an address as written; port 0 lets the kernel choose.
struct Listener {
    std::string
        host;  // without brackets; "" is every address, IPv4 and IPv6; a name is resolved at start
    std::uint16_t port = 0;
    Place place;
};

// WSGIScriptAlias and WSGIScriptAliasMatch. Options left out are those of the request's merged
// settings.
struct Mount {
    std::uint32_t index = 0;           // its place in Config::mounts
    std::string url_path;              // as written, starts with "/"; unused where `regex` is given
    std::optional<base::Regex> regex;  // WSGIScriptAliasMatch
    std::string target;      // absolute path of a script or a directory, or "module:callable"
    bool is_module = false;  // only from the command line: `hoopsnake serve module:callable`
    std::optional<std::string> process_group;
    std::optional<std::string> application_group;
    std::optional<std::string> callable;
    std::optional<bool> pass_authorization;
    Place place;
};

// AllowEncodedSlashes: a "%2F" in a path is refused, becomes a slash, or stays as it is.
enum class EncodedSlashes : std::uint8_t { kRefused, kDecoded, kKept };

// env= or expr= of CustomLog: which requests have a line.
struct LogCondition {
    std::string variable;  // "" where `expression` is given
    bool is_negated = false;
    std::optional<Expression> expression;
};

// CustomLog, GlobalLog and TransferLog.
struct AccessLog {
    std::string path;
    // As written: a format or the name of one; "" is the one that LogFormat gives no name.
    std::string format_text;
    std::shared_ptr<const LogFormat> format;        // never null once the file has been read
    std::shared_ptr<const LogCondition> condition;  // null: every request
    bool is_global = false;                         // GlobalLog
    Place place;
};

// LogFormat.
struct NamedLogFormat {
    std::string name;  // "" is the format of TransferLog
    std::string format_text;
};

// UserDir: where "/~name" leads.
struct UserDir {
    // A directory in the user's home; or an absolute one, in which "*" is the user's name, which
    // otherwise is added.
    std::vector<std::string> paths;
    bool is_disabled = false;  // for all but `enabled`
    std::vector<std::string> disabled;
    std::vector<std::string> enabled;
};

// A stage of RequestReadTimeout: how long a client may take to send a head, or a body.
struct ReadTime {
    std::chrono::seconds first{0};       // 0: as long as it likes
    std::chrono::seconds longest{0};     // what MinRate may make of it at most; 0: anything
    std::uint32_t bytes_per_second = 0;  // MinRate: so many bytes give a second more; 0: none do
};

// What a virtual host and the main server have in common. Unset members of a virtual host inherit
// (merged_settings()), but for encoded_slashes, as in Apache; the defaults are those of
// default_settings().
struct HostSettings {
    std::optional<std::string> error_log;  // absolute; none: standard error
    Place error_log_place;
    std::optional<base::LogLevel> log_level;  // LogLevel; default warn
    std::vector<AccessLog> access_logs;
    std::vector<NamedLogFormat> log_formats;      // of one name, the last one counts
    std::optional<std::chrono::seconds> timeout;  // Timeout; default 60
    std::optional<ReadTime> head_time;  // RequestReadTimeout header=; default 20-40,MinRate=500
    std::optional<ReadTime> body_time;  // RequestReadTimeout body=; default 20,MinRate=500
    std::optional<bool> keep_alive;     // KeepAlive; default On
    std::optional<std::chrono::seconds> keep_alive_timeout;  // KeepAliveTimeout; default 5
    std::optional<int> max_keep_alive_requests;     // MaxKeepAliveRequests; default 0: no limit
    std::optional<bool> use_canonical_name;         // UseCanonicalName; default Off
    std::optional<UserDir> user_dir;                // UserDir; none: "/~" means nothing
    std::optional<bool> merge_slashes;              // MergeSlashes; default On
    std::optional<EncodedSlashes> encoded_slashes;  // AllowEncodedSlashes; default Off
};

// <VirtualHost>, and the main server as number 0.
struct VirtualHost {
    std::uint32_t index = 0;  // its place in Config::hosts
    std::vector<std::string>
        addresses;  // as written: "*:80", "10.0.0.1:8080", "_default_:*"; empty for the main server
    std::string server_name;  // without port; inherited from the main server; may be empty
    std::uint16_t server_name_port = 0;       // 0: none written; inherited together with the name
    std::vector<std::string> server_aliases;  // may hold "*" and "?"
    std::string server_admin;
    std::string document_root;
    HostSettings settings;
    std::vector<std::uint32_t> mounts;  // indices into Config::mounts, in file order, its own only
    std::vector<Alias> aliases;
    std::vector<Redirect> redirects;
    std::optional<std::vector<std::string>> access_file_names;  // AccessFileName
    // Indices into Config::sections, its own only. `defaults` holds what stands outside of all
    // sections; kNoSection where nothing does.
    static constexpr std::uint32_t kNoSection = UINT32_MAX;
    std::uint32_t defaults = kNoSection;
    std::vector<std::uint32_t> directories;  // as merged: shortest first, then regexes
    std::vector<std::uint32_t> files;        // in file order, as the other two
    std::vector<std::uint32_t> locations;
    std::vector<std::uint32_t> conditions;
    Place place;
};

// WSGIDaemonProcess.
struct DaemonGroup {
    std::uint32_t index = 0;  // its place in Config::daemon_groups
    std::string name;
    int processes = 1;
    bool processes_given = false;  // its mere presence makes wsgi.multiprocess True
    int threads = 15;
    std::string user;  // "" inherits User; "#1000" is a number
    std::string group;
    std::string home;
    std::vector<std::string> python_path;
    std::string python_home;                    // "" inherits WSGIPythonHome
    std::string display_name;                   // "%{GROUP}" stands as written
    std::size_t stack_size = 0;                 // bytes; 0 is the system's
    std::size_t send_buffer_size = 0;           // bytes; 0 is the system's
    std::size_t receive_buffer_size = 0;        // bytes; 0 is the system's
    std::string script_user;                    // who must own a script; "" is anybody; "#1000"
    std::string script_group;                   // likewise; one of the two at most
    std::vector<std::string> pass_environment;  // "NAME", "PREFIX_*" or "*"
    bool new_privileges = false;  // setuid programs that it starts may have their effect
    std::uint32_t host = 0;       // the virtual host that it was defined in
    Place place;
};

// A directive of a .htaccess file, outside of the file's sections: for explain.
struct WrittenDirective {
    std::string_view name;  // a constant
    Place place;            // of the first
    int count = 1;
};

// WSGIImportScript: loaded by a group's processes before they take requests.
struct ImportScript {
    std::string script;
    std::string process_group;  // as written: a name or "%{GLOBAL}"
    std::string application_group;
    std::uint32_t host = 0;
    std::uint32_t mounts_before = 0;  // in the file: scripts of mounts may be loaded early, too
    Place place;
};

struct Config {
    std::vector<Listener> listeners;
    std::vector<VirtualHost> hosts;  // never empty: number 0 is the main server
    std::vector<Mount> mounts;
    std::vector<DaemonGroup> daemon_groups;
    std::vector<ImportScript> import_scripts;
    std::vector<Section> sections;

    std::string user;  // User and Group: "" is not given; "#1000" is a number
    std::string group;
    Place user_place;
    Place group_place;
    bool allow_root = false;               // AllowRoot
    std::string server_root;               // ServerRoot; else the configuration file's directory
    std::string types_config;              // TypesConfig; "" is the system's
    bool restrict_embedded = false;        // WSGIRestrictEmbedded
    bool group_port_of_client = false;     // WSGIGroupPort Client
    std::set<std::string> files;           // that it was read from; not of a .htaccess file
    std::vector<std::string> definitions;  // names of -D and Define, as they are at the end
    // Names in %{ENV:name} of groups and callables, which may mean what the server was started
    // with; sorted. What .htaccess says is not among them.
    std::vector<std::string> process_variables;
    std::vector<std::string> warnings;      // "file:line: sentence": what is served, but not so
    std::vector<WrittenDirective> written;  // in a .htaccess file; a name stands here once
    // Directives that a line was meant to be, and could not: that they are missing is not told.
    std::vector<std::string_view> refused;
    std::string pid_file;
    Place pid_file_place;
    std::string python_home;
    std::vector<std::string> python_path;
    int server_threads = 0;     // ServerThreads; 0: the number of cores, up to 4
    int server_processes = 1;   // StartServers
    int embedded_threads = 15;  // ThreadsPerChild: pool threads of embedded mode per server process

    // Limits of a request's head, Apache's names and defaults: LimitRequestLine,
    // LimitRequestFieldSize, LimitRequestFields.
    std::size_t limit_request_line = 8190;
    std::size_t limit_request_field_size = 8190;
    int limit_request_fields = 100;
    std::uint64_t limit_request_body = 1ULL << 30;  // bytes; 0: no limit (LimitRequestBody)
};

// What applies where nothing is written. Every member has a value but for error_log, access_logs,
// log_formats and user_dir, for which none means something.
HostSettings default_settings();

// What applies in virtual host number `host`: its own settings, then the main server's, then the
// defaults. The access logs of a virtual host replace those of the main server, but for GlobalLog.
HostSettings merged_settings(const Config& config, std::uint32_t host);

// What the sections of virtual host number `host` start from: the defaults, what stands outside of
// all sections of the main server, then of the virtual host.
DirectorySettings base_settings(const Config& config, std::uint32_t host);

// DocumentRoot of virtual host number `host`, else of the main server; "" for none.
const std::string& document_root_of(const Config& config, const VirtualHost& host);

// Whether requests of virtual host number `host` may be answered by `group`: it was defined in the
// main server, in that virtual host, or in one whose ServerName is the same text.
bool may_use(const Config& config, const DaemonGroup& group, std::uint32_t host);

// "%{GLOBAL}", "%{SERVER}", "%{HOST}", "%{RESOURCE}" and "%{ENV:name}": names of groups that a
// request completes.
bool is_group_token(std::string_view name);

// Another line of a .htaccess file.
void note_written(Config& config, std::string_view name, const Place& place);

// Mounts a Python module at `url_path` of the main server; `target` is "module:callable".
Mount& add_module_mount(Config& config, std::string url_path, std::string target);

}  // namespace config
