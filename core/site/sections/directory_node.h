// A DirectoryNode: what holds for a directory of a virtual host, whatever the file and URL. Plain
// values; sections.h makes and keeps them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/model/config.h"
#include "core/site/sections/htaccess.h"

namespace site {

// A section and the configuration that its numbers belong to: the server's, or a .htaccess file's.
struct SectionRef {
    const config::Config* owner = nullptr;
    const config::Section* section = nullptr;
    bool operator==(const SectionRef&) const = default;
};

struct DirectoryNode {
    config::DirectorySettings settings;
    // What has gone into it, in order, for explain. A .htaccess file is here even if all of it
    // stands in sections; `section` is null then.
    std::vector<SectionRef> merged;
    std::vector<SectionRef> files;                           // <Files> that may add to it, in order
    std::vector<SectionRef> conditions;                      // <If> and its branches, likewise
    std::vector<std::pair<std::string, std::string>> named;  // MATCH_NAME of <DirectoryMatch>
    // The .htaccess files, and that there were none, on the way down: as long as all these answers
    // hold, so does the node. `files_held` keeps what SectionRefs point to.
    std::vector<HtaccessCache::Id> answers;
    std::vector<std::shared_ptr<const config::Config>> files_held;
    std::uint64_t held_in_version = 0;  // of the cache, the last in which somebody looked

    std::string problem;       // a .htaccess file is broken: requests get
    int problem_status = 500;  // this status
    bool is_passing = false;  // the problem is one of this request alone: the time that it may take
    bool asks_for_htaccess = false;  // some directory on the way may have one
    bool has_htaccess = false;
    bool is_waiting = false;  // the problem is that a .htaccess file is being read
    std::size_t bytes = 0;    // of its .htaccess files: what it holds copies of
    std::size_t depth = 0;    // of its directory; "/" is 0
    // From this many components of the directory's path on, symbolic links are not followed just
    // so: Options asks to look at each. SIZE_MAX: never.
    std::size_t looks_at_links_from = SIZE_MAX;

    // The same with sections of a request on top.
    struct Variant {
        std::vector<SectionRef> added;
        std::unique_ptr<config::DirectorySettings> settings;
    };
    std::vector<Variant> variants;

    // Whether all requests for a file of the directory have the same settings as long as no
    // <Location> is about them: neither .htaccess files nor <If> have a say.
    [[nodiscard]] bool is_constant() const {
        return problem.empty() && !asks_for_htaccess && conditions.empty() &&
               std::ranges::all_of(files, [](const SectionRef& ref) {
                   return ref.section->conditions.empty();
               });
    }
};

}  // namespace site
