// The way in: the text of a configuration file becomes a Config, or all that is wrong with it.
// Any thread; reads the file and nothing else, asks neither users nor scripts whether they exist.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config.h"

namespace config {

// Reads a file. Relative paths in it start at its directory. The error holds one line per problem,
// "file:line: sentence", in the order of the file and at most 20; or says why the file cannot be
// read.
base::Result<Config> parse_file(const std::string& path);

// The same for a text; `name` stands for the file in errors and places, and relative paths start at
// the working directory.
base::Result<Config> parse_text(std::string_view text, const std::string& name);

}  // namespace config
