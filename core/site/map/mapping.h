// A Mapping: one request that is being mapped, as far as the phases (mapper.h) have come. Each of
// them reads and changes it. Plain values; one thread. It serves one request after another, so that
// its strings keep their memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/model/directory_settings.h"
#include "core/site/conditions/trace.h"
#include "core/site/conditions/walk.h"
#include "core/site/map/outcome.h"
#include "core/site/names/file_walk.h"
#include "core/site/names/mounts.h"
#include "core/site/rewrite/rewrite.h"

namespace site {

// What a phase says. Nothing: the next one is due.
using Answer = std::optional<Outcome>;

struct Mapping {
    // As the client has asked, before rewriting and ErrorDocument.
    struct Asked {
        std::string_view query;
        std::string_view method;
    };
    // What Walk::filename has been found to be.
    struct File {
        FileKind kind = FileKind::kMissing;
        base::LinkRule links;
        std::size_t known_size = 0;  // of the name: what an alias or DocumentRoot says
    };
    // FallbackResource: what is below its directory is the PATH_INFO.
    struct Fallback {
        bool is_taken = false;
        std::string script_name;
        std::string path_info;
    };

    RequestView request;
    Asked asked;
    Walk walk;
    Mounted mounted;
    File file;
    const config::DirectorySettings* settings = nullptr;  // null: not merged yet
    bool has_constant_settings = false;                   // DirectoryNode::is_constant()
    Fallback fallback;
    std::string collapsed_path;  // the path without "//", where it has some
    RewriteMemory memory;
    FoundIn found_in;
    bool starts_again = false;
    int rounds = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    Trace* trace = nullptr;

    // The same request, for another URL: the first phase is due.
    Answer start_again(std::string uri) {
        walk.uri = std::move(uri);
        starts_again = true;
        return std::nullopt;
    }
    // For the trace, if there is one: `about` is put behind `words`.
    void note(
        std::string_view phase,
        std::string_view words,
        std::string_view about = {},
        const config::Place* place = nullptr
    ) const {
        if (trace != nullptr) {
            trace->note(phase, std::string(words).append(about), place);
        }
    }
};

}  // namespace site
