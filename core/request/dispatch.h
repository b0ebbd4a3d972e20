// WSGIDispatchScript: a script that is asked for groups and
// callable of a request which has been mapped. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace request {

struct Dispatch {
    std::string script;             // absolute path; "" is nobody to ask
    std::string application_group;  // where it runs; "" is the main interpreter
    // WSGIRestrictProcess, which holds for what the script says, too; nothing: any group.
    std::optional<std::vector<std::string>> restrict_process;

    // What its functions have said; nothing where one does not exist or returned None.
    std::optional<std::string> process_group_said;
    std::optional<std::string> application_group_said;
    std::optional<std::string> callable_said;

    // Somebody is to be asked, or has been.
    [[nodiscard]] bool is_used() const { return !script.empty(); }
};

}  // namespace request
