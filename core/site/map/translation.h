// Translation: from the URL to a file name, and from that to the file: redirections, aliases,
// mounts, home directories, DocumentRoot. One per mapper.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/site/map/mapping.h"
#include "core/site/map/site.h"
#include "core/site/sections/sections.h"

namespace site {

class Translation {
public:
    Translation(const Site& site, const Sections& sections) : site_(site), sections_(sections) {}

    Answer translate(Mapping& mapping) const;

private:
    // Fills Walk::filename, which rewriting has left empty.
    Answer name_file(Mapping& mapping) const;
    // False: none matches.
    [[nodiscard]] base::Result<bool> follow_alias(const std::string& path, Mapping& mapping) const;
    bool find_home(const std::string& path, Mapping& mapping) const;

    const Site& site_;
    const Sections& sections_;
};

}  // namespace site
