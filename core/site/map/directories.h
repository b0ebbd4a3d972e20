// What a directory, and a name that is missing, are answered with: DirectoryIndex, DirectorySlash,
// FallbackResource. Functions on one Mapping; any thread.
#pragma once

#include "core/site/map/mapping.h"

namespace site {

Answer answer_for_directory(Mapping& mapping);
// FallbackResource. What its SCRIPT_NAME should be is the directory that the resource lies in: it
// answers for all that is below, as a mount would (Apache would make it the resource itself).
Answer answer_for_missing(Mapping& mapping);
Outcome redirect_to_slash(const Mapping& mapping);

}  // namespace site
