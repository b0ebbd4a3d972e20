// Who wants to see each step of a walk: `hoopsnake explain`. Null while serving.
#pragma once

#include <string>
#include <string_view>

#include "core/config/model/place.h"

namespace site {

class Trace {
public:
    virtual ~Trace() = default;
    // `phase` is one word: host, rewrite, alias, section, access, environment, handler, group.
    // `place` is where it was written; null where nothing was.
    virtual void note(
        std::string_view phase, const std::string& sentence, const config::Place* place
    ) = 0;
};

}  // namespace site
