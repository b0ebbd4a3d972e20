// Handlers and media types that Apache's own modules, and others that are common, run or answer
// for, and nobody here does. Constant data; any thread.
#pragma once

#include <string_view>

namespace config {

// What the name of a handler, or a media type in its place, means to Apache.
enum class HandlerMeaning {
    kUnknown,
    kOurs,         // "wsgi-script", "default-handler"
    kElsewhere,    // a program or a page: "cgi-script", "application/x-httpd-php", "server-status"
    kNegotiation,  // "type-map", which Debian's own mime.conf gives to files that nobody has
};
HandlerMeaning meaning_of_handler(std::string_view name);

// Whether Apache would have run a file of this media type, or looked for programs in it, instead of
// sending it: what is in it is source code, and not for clients.
bool is_run_elsewhere(std::string_view handler_or_type);

}  // namespace config
