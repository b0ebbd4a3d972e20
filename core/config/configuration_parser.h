// The way in: the text of a configuration file becomes a Config, or all that is wrong with it.
// Any thread; reads the files and nothing else, asks neither users nor scripts whether they exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/findings/finding.h"
#include "core/config/model/config.h"

namespace config {

struct ParseOptions {
    std::vector<std::string> defines;  // -D: names for <IfDefine>
    // Where given, it gets everything that there is to say about the lines, in the order of the
    // files, and problems do not keep the rest from becoming a Config.
    std::vector<Finding>* findings = nullptr;
    // Where given, it gets what a .htaccess file takes in memory, about.
    std::size_t* bytes = nullptr;
    // Where given, relative paths start there, whatever ServerRoot says: for a copy of a tree.
    std::string server_root = {};
};

// Reads a file and what it includes. Relative paths in it start at ServerRoot, which is its
// directory unless it says otherwise. The error holds one line per problem, "file:line: sentence",
// in the order of the files and at most 100; or says why the file cannot be read.
base::Result<Config> parse_file(const std::string& path, const ParseOptions& options = {});

// The same for a text; `name` stands for the file in errors and places, and relative paths start at
// the working directory.
base::Result<Config> parse_text(
    std::string_view text, const std::string& name, const ParseOptions& options = {}
);

// The text of a .htaccess file, of which `allowed` and `allowed_names` (AllowOverrideList) say what
// may stand in it. The result has one virtual host, whose sections are the file's. `path` stands
// for it in errors. `options` hold the server's definitions, of which it sees the names.
base::Result<Config> parse_htaccess(
    std::string_view text,
    const std::string& path,
    const AllowOverride& allowed,
    const std::vector<std::string>& allowed_names,
    const ParseOptions& options = {}
);

}  // namespace config
