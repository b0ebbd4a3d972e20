// How whatever reads a configuration says no.
// Values; any thread.
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace config {

// `sentence` says what is wrong and what to write instead; whoever knows the place (file:line) puts
// it in front.
inline tl::unexpected<base::Error> refuse(std::string sentence) {
    return base::fail(base::Fault::kConfig, std::move(sentence));
}

}  // namespace config
