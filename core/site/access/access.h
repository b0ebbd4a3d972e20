// Whether a request may go on, by Require and by Order, Allow and Deny.
// Functions on one Walk; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/config/model/access_rules.h"
#include "core/site/conditions/walk.h"

namespace site {

// What was decided, and by which rule: views of the AccessRules.
struct Decision {
    // 0: granted; else 403, 500 where a rule failed, or 503 where it depends on what the client's
    // host is called and that could not be found out
    int status = 0;
    std::string_view rule;                 // "Require ip 10"; "" where there is none
    const config::Place* place = nullptr;  // of the rule
    std::string failure;                   // of a rule that could not be evaluated
    bool needs_remote_host = false;        // nothing is decided before that is known

    [[nodiscard]] bool is_granted() const { return status == 0; }
    // "denied by Require all denied (site.conf:4)", for the error log.
    [[nodiscard]] std::string reason() const;
    // The same without the place.
    [[nodiscard]] std::string sentence() const;
};

// Whether they grant whatever is asked: nothing is said, or "Require all granted" and no more.
bool grant_all(const config::AccessRules& rules);

// Neither of both kinds of rules has to say anything; what they
// say is joined by Satisfy.
Decision decide(const config::AccessRules& rules, const Walk& walk);

}  // namespace site
