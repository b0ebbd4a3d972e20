// What is known to differ from Apache and mod_wsgi where a directive or a module works here, and
// what it means that a module does not exist here. Constant data; any thread.
#pragma once

#include <string_view>

namespace server {

// About a directive that we have, in a line such as `line`; "" where it behaves the same.
std::string_view difference_of(std::string_view directive, std::string_view line);

struct MissingModule {
    bool is_missed = true;     // something that the configuration asks for is not done
    std::string_view meaning;  // a sentence's second half
};
// About a module that we do not have, by its name without "mod_" and "_module".
MissingModule meaning_of_missing(std::string_view module);

// Whether Apache has the module without a LoadModule, as distributions build it.
bool is_built_into_apache(std::string_view module);

}  // namespace server
