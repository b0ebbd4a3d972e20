// Opening a file that somebody else may be exchanging for a symbolic link meanwhile: whoever opens
// it decides on what has been opened, not on a path that was looked at before. Asks the file
// system; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/system/fd.h"
#include "core/config/model/directory_settings.h"

namespace site {

// Which symbolic links may stand in a path: all of them, unless Options says otherwise; but for
// those of procfs, which lead to what this process has open.
struct LinkRule {
    // From this component on (the root is 0) each is looked at. SIZE_MAX: none.
    std::size_t looks_from = SIZE_MAX;
    bool owner_decides = false;  // SymLinksIfOwnerMatch: a link to its owner's file may be followed

    // Of a directory whose Options are these, and whose outer ones asked to look from `outer` on;
    // `next` is the component behind it.
    static LinkRule of(config::option::Bits options, std::size_t outer, std::size_t next);

    [[nodiscard]] bool follows_all() const { return looks_from == SIZE_MAX; }
    bool operator==(const LinkRule&) const = default;
};

struct OpenedFile {
    base::Fd fd;    // to be read; whatever it is
    int error = 0;  // an errno where it is not open; ELOOP: a link that the rule forbids
};

// `path` is absolute and normalised. Opening never waits for a writer, as a pipe would.
OpenedFile open_file(const std::string& path, const LinkRule& rule);

}  // namespace site
