// What is kept of a request's outcome, or of its several ones, until it has been answered and has
// its line in the access log. A value.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/site/conditions/walk.h"

namespace server {

class KeptOutcome {
public:
    int shown_status = 200;  // other than 200: its ErrorDocument is the answer
    // Fields that the configuration adds to the answer.
    std::vector<std::pair<std::string, std::string>> extra_headers;

    // Where config::LogNeeds wants it. Its request is to be set by whoever looks at it.
    void keep(const site::Walk& walk);
    // Null: it is not wanted, or the request has not met the configuration.
    [[nodiscard]] site::Walk* walk() const { return has_walk_ ? walk_.get() : nullptr; }

    void reset() {
        shown_status = 200;
        extra_headers.clear();
        has_walk_ = false;
    }

private:
    std::unique_ptr<site::Walk> walk_;  // of an earlier request, unless:
    bool has_walk_ = false;
};

}  // namespace server
