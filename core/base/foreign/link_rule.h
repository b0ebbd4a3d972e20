// Opening a file that somebody else may be exchanging for a symbolic link meanwhile: whoever opens
// it decides on what has been opened, not on a path that was looked at before. The rule is a plain
// value, which travels to whoever opens; opening asks the file system. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/system/fd.h"

namespace base {

// Which symbolic links may stand in a path: all of them, unless Options says otherwise; but for
// those of procfs, which lead to what this process has open.
struct LinkRule {
    // From this component on (the root is 0) each is looked at. SIZE_MAX: none.
    std::size_t looks_from = SIZE_MAX;
    bool owner_decides = false;  // SymLinksIfOwnerMatch: a link to its owner's file may be followed

    [[nodiscard]] bool follows_all() const { return looks_from == SIZE_MAX; }
    // What it lets through, the other does, too.
    [[nodiscard]] bool is_within(const LinkRule& other) const {
        return other.follows_all() ||
               (looks_from <= other.looks_from && (!owner_decides || other.owner_decides));
    }
    bool operator==(const LinkRule&) const = default;
};

struct OpenedFile {
    Fd fd;          // to be read; whatever it is
    int error = 0;  // an errno where it is not open; ELOOP: a link that the rule forbids
};

// `path` is absolute and normalised. Opening never waits for a writer, as a pipe would.
// `directory`, where it is wanted, becomes the one in which the last name was found (O_PATH).
OpenedFile open_file(const std::string& path, const LinkRule& rule, Fd* directory = nullptr);

}  // namespace base
