// Status codes and their phrases (RFC 9110 section 15), and the one place where an error becomes a
// status.
#pragma once

#include <string_view>

#include "core/base/result.h"

namespace http {

std::string_view reason_phrase(int status);  // "" where there is none

// kClient: 400, kApplication and kServer: 500, kConfig: 500, kSystem: 503.
int status_for(const base::Error& error);

}  // namespace http
