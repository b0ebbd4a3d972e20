// From a path to the file that it names. Asks the file system; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/foreign/link_rule.h"
#include "core/config/model/directory_settings.h"

namespace site {

enum class FileKind : std::uint8_t {
    kFile,
    kDirectory,
    kOther,  // a device, a pipe, a socket
    kMissing,
    kUnreachable,  // a directory on the way forbids it, a name is too long, links go in a circle
};

FileKind kind_of(const std::string& path);

// Goes down `filename` to the first component that is not a directory. What follows it moves to
// `path_info`; a directory keeps no final slash. The first `known` bytes are looked at in one step.
FileKind find_file(std::string& filename, std::string& path_info, std::size_t known);

// Of a directory whose Options are these, and whose outer ones asked to look from `outer` on;
// `next` is the component behind it.
base::LinkRule link_rule_of(config::option::Bits options, std::size_t outer, std::size_t next);

// Whether no symbolic link forbids `path`, as things are now: whoever opens it looks again
// (open_file), because it may have been exchanged.
bool links_are_permitted(const std::string& path, const base::LinkRule& rule);

// The directory of a file, without final slash but for "/".
std::string_view directory_of(std::string_view filename);

}  // namespace site
