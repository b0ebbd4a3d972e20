// What the other end of a link must not say.
// Values; any thread.
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace ipc {

// `what` names the frame and the rule that it breaks. Whoever sends such a frame loses the link:
// nothing that it says further can be believed.
inline tl::unexpected<base::Error> breach(std::string what) {
    return base::fail(base::Fault::kServer, std::move(what));
}

}  // namespace ipc
