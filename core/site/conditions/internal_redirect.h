// An internal redirect: the same request, mapped again as if another path had been asked for.
// One thread, which has the walk.
#pragma once

#include <string>

#include "core/site/conditions/walk.h"

namespace site {

// Variables get "REDIRECT_" in front of their names, and REDIRECT_URL, REDIRECT_QUERY_STRING and
// REDIRECT_STATUS say what has been; nothing is known of a file any more.
void redirect_internally(Walk& walk, std::string uri, std::string query);

}  // namespace site
