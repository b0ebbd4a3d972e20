// How large a response's head may be. It is held for each connection until the client has taken it,
// so that an application's heads are memory that its clients decide about.
#pragma once

#include <cstddef>

namespace http {

// Of the status's reason and an application's fields, each with kFieldCost, as interp counts them
// when start_response() adds them; what the configuration and the server add is not in it. mod_wsgi
// bounds one field (32 KiB in daemon mode, header-buffer-size) and no sum; common clients give up
// between 64 and 256 KiB.
constexpr std::size_t kResponseHeadMax = 128 * 1024;
// What a field costs beside its bytes.
constexpr std::size_t kFieldCost = 8;

}  // namespace http
