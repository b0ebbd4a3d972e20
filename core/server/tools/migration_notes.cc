#include "core/server/tools/migration_notes.h"

#include <algorithm>
#include <iterator>

namespace server {
namespace {

struct Difference {
    std::string_view directive;
    std::string_view sentence;
    std::string_view only_with{};  // counts where the line holds one of these, separated by "|"
};

constexpr Difference kDifferences[] = {
    {"AllowOverride",
     "a broken .htaccess file answers 500 for its directory alone, and nothing in it can read "
     "files or choose users",
     "All|AuthConfig|FileInfo|Indexes|Limit|Options"},
    {"FallbackResource",
     "SCRIPT_NAME is the directory of the resource, as a mount's would be, and not the resource"},
    {"LogLevel", "levels of single modules say nothing, but for wsgi:", ":"},
    {"Options",
     "directories are never listed, and names are not negotiated: Indexes, MultiViews and Includes "
     "say nothing",
     "All|Indexes|MultiViews|Includes"},
    {"RewriteMap",
     "only SDBM files are read, which \"httxt2dbm -f SDBM\" writes: FILE.pag and FILE.dir",
     "dbm:"},
    {"StartServers", "it is the number of server processes, which stays as it is"},
    {"ThreadsPerChild",
     "it is the number of Python threads of embedded mode; connections need no threads"},
    {"WSGIApplicationGroup",
     "the port in a name of %{RESOURCE} or %{SERVER} is the configured one and not the client's, "
     "unless \"WSGIGroupPort Client\" is written"},
    {"WSGIDaemonProcess",
     "a group that cannot start answers 503 at once, and an answer that breaks off is a broken "
     "connection"},
    {"WSGIScriptAlias", "a changed script is loaded again in its process, which goes on"},
    {"WSGIScriptAliasMatch", "a changed script is loaded again in its process, which goes on"},
};

struct Module {
    std::string_view name;
    MissingModule missing;
};

constexpr Module kModules[] = {
    {"autoindex", {false, "directories are not listed"}},
    {"brotli", {false, "answers are not compressed"}},
    {"cgi", {false, "programs are not run by the server"}},
    {"cgid", {false, "programs are not run by the server"}},
    {"deflate", {false, "answers are not compressed"}},
    {"http2", {false, "HTTP/1.1 is spoken"}},
    {"info", {false, "there is no page about the server"}},
    {"mime_magic", {false, "types are chosen by the names of files"}},
    {"mpm_event", {false, "processes and threads have directives of their own"}},
    {"mpm_prefork", {false, "processes and threads have directives of their own"}},
    {"mpm_worker", {false, "processes and threads have directives of their own"}},
    {"negotiation", {false, "a name of a file is written in full"}},
    {"proxy", {true, "nothing is passed on to other servers yet"}},
    {"ssl", {true, "there is no TLS yet; put a proxy in front"}},
    {"status", {false, "there is no page about the server"}},
};

}  // namespace

std::string_view difference_of(std::string_view directive, std::string_view line) {
    const auto* const found = std::ranges::find(kDifferences, directive, &Difference::directive);
    if (found == std::end(kDifferences)) {
        return {};
    }
    // The arguments: "AllowOverride" itself holds "All".
    const auto name = line.find_first_not_of(" \t");
    line.remove_prefix(std::min(line.find_first_of(" \t", name), line.size()));
    auto words = found->only_with;
    bool counts = words.empty();
    while (!words.empty() && !counts) {
        const auto end = std::min(words.find('|'), words.size());
        counts = line.find(words.substr(0, end)) != std::string_view::npos;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return counts ? found->sentence : std::string_view();
}

MissingModule meaning_of_missing(std::string_view module) {
    const auto* const found = std::ranges::find(kModules, module, &Module::name);
    return found == std::end(kModules) ? MissingModule{true, "what it does is not done"}
                                       : found->missing;
}

bool is_built_into_apache(std::string_view module) {
    static constexpr std::string_view kNames[] = {
        "core",
        "core.c",
        "http",
        "http_core.c",
        "log_config",
        "so",
        "unixd",
        "version",
        "watchdog"};
    return std::ranges::find(kNames, module) != std::end(kNames);
}

}  // namespace server
