// Who answers for a file: the handler and the media type that its settings give it. Pure functions;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/config/model/directory_settings.h"
#include "core/site/names/mime_types.h"

namespace site {

inline constexpr std::string_view kScriptHandler = "wsgi-script";

// SetHandler, else AddHandler by any of the extensions of `filename`, the last one first, else the
// media type `application/x-httpd-wsgi`; "" for a static file.
std::string handler_of(const config::DirectorySettings& settings, std::string_view filename);

// ForceType, else AddType, else `types`, by the last extension that has one; "" for none.
std::string type_of(
    const config::DirectorySettings& settings, const MimeTypes& types, std::string_view filename
);

// Whether `filename` is source code (of Python, of PHP, and programs that CGI would run where
// ExecCGI is on), or a file that Apache's own configuration hides, and nobody has given it a type
// on purpose, other than one that would have it run: never sent as a static file, nor is a copy of
// it with one more extension (the kind of CVE-2024-40725).
bool is_source(const config::DirectorySettings& settings, std::string_view filename);

}  // namespace site
