// The mounts of all virtual hosts, ready to be matched: WSGIScriptAlias and WSGIScriptAliasMatch.
// Immutable once built from a Config, which outlives it; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/model/config.h"

namespace site {

// A mount that a path has matched.
struct Mounted {
    const config::Mount* mount = nullptr;  // null: none
    std::string filename;                  // the target and what of the path lies below it
    std::size_t target_size = 0;  // how much of `filename` is the target: no need to look before
    bool is_file = false;         // the target was a file when the server started
};

class Mounts {
public:
    // A mount as paths meet it.
    struct Entry {
        explicit Entry(const config::Mount& written);
        // Of one without a regular expression: whether `path` is its own or below it.
        [[nodiscard]] bool covers(std::string_view path) const;
        base::Result<bool> match(const std::string& path, Mounted& out) const;

        const config::Mount* mount;
        std::string prefix;       // what a path must start with; "" matches all
        std::string target;       // without final slashes
        std::size_t tail_at = 0;  // where the part of the path starts that lies below the target
        bool joins_bare = false;  // "/odd/" → "/w/dir": a path "/odd/three" names "/w/dirthree"
        bool is_file = false;     // no need to look
    };

    // Looks at each target once: a file that exists is taken for one from then on, and asks nothing
    // of the file system per request. Directories, and what did not exist, are looked at again for
    // every request.
    explicit Mounts(const config::Config& config);

    // The first mount of the virtual host, then of the main server, that `path` matches. `path` is
    // decoded, with its "//" collapsed. `out` keeps its memory. The error is that a pattern took
    // too long, or that a name became too long.
    base::Result<> find(std::uint32_t host, const std::string& path, Mounted& out) const;

    // Those of the virtual host alone, in the order in which paths are compared with them.
    [[nodiscard]] const std::vector<Entry>& of(std::uint32_t host) const { return entries_[host]; }

private:
    std::vector<std::vector<Entry>> entries_;  // by virtual host, its own only
};

// `path` without runs of "/".
std::string collapsed(std::string_view path);

}  // namespace site
