// The tables of directives, one per theme, each in the order of its names.
// Constant data; any thread.
#pragma once

#include <span>

#include "core/config/language/directive.h"

namespace config {

std::span<const Directive> server_directives();       // directives.cc
std::span<const Directive> access_directives();       // access_directives.cc
std::span<const Directive> environment_directives();  // environment_directives.cc
std::span<const Directive> language_directives();     // language_directives.cc
std::span<const Directive> log_directives();          // log_directives.cc
std::span<const Directive> mapping_directives();      // mapping_directives.cc
std::span<const Directive> rewrite_directives();      // rewrite_directives.cc
std::span<const Directive> wsgi_directives();         // wsgi_directives.cc

}  // namespace config
