// A Finding: what there is to say about a line of a configuration, for those who want to hear all
// of it: `hoopsnake -t` and `hoopsnake migrate`. A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/model/place.h"

namespace config {

struct Finding {
    enum class Kind : std::uint8_t {
        kTaken,    // the directive called `sentence` means here what it says; or, in "<>", the
                   // section of <IfModule> and its kin holds
        kSkipped,  // the section `sentence`, an <IfModule> or its kin, does not hold
        kRemark,   // it is served, but not so
        kProblem,  // it is not served
    };
    Kind kind = Kind::kTaken;
    std::uint32_t host = 0;  // of Config::hosts: the virtual host that it stands in
    Place place;             // line 0: the file as a whole
    std::string sentence;    // without the place
    // Of a remark that a directive is ignored: it is not the first of that name.
    bool is_repeated = false;

    // "site.conf:14: sentence"
    [[nodiscard]] std::string text() const;
};

// In the order in which their files were first heard of, then of their lines; what is about a file
// as a whole comes last.
void sort_by_place(std::vector<Finding>& findings);

}  // namespace config
