// One pass over a list of rules: which of them is next, after chains, skips, rounds and ends. While
// it lasts, Walk::filename is the text that rules match and change: a URL path, or the name of a
// file, or a whole URL. One thread; lives for one pass.
#pragma once

#include "core/config/model/rewrite_rules.h"
#include "core/site/rewrite/rewrite.h"
#include "core/site/rewrite/rule_application.h"

namespace site {

class RewritePass {
public:
    RewritePass(
        const config::RewriteRules& rules,
        Walk& walk,
        RewriteMemory& memory,
        const RewriteMeans& means,
        Rewritten& out
    )
        : rules_(rules),
          walk_(walk),
          memory_(memory),
          application_(rules, walk, memory, means, out) {}

    // False where the request has an answer (Rewritten::kStatus).
    bool run();

    // What the rules have made of it.
    [[nodiscard]] const RuleApplication& application() const { return application_; }
    [[nodiscard]] bool has_changed() const { return last_change_ != nullptr; }
    [[nodiscard]] bool is_passed_through() const { return is_passed_through_; }
    // Of the last rule that changed anything.
    [[nodiscard]] bool is_unescaped() const {
        return last_change_->is_unescaped && !is_passed_through_;
    }
    [[nodiscard]] const config::RewriteRule& last_change() const { return *last_change_; }

private:
    // What to do after a rule.
    enum class Next { kRule, kSkipChain, kStop, kStart, kAnswered };
    Next follow(const config::RewriteRule& rule);
    Next after_match(const config::RewriteRule& rule);

    // Fixed at construction.
    const config::RewriteRules& rules_;
    Walk& walk_;
    RewriteMemory& memory_;
    RuleApplication application_;

    // Where we are.
    const config::RewriteRule* last_change_ = nullptr;
    bool is_passed_through_ = false;
    int round_ = 1;
    int applied_ = 0;
    bool matched_ = false;  // the last rule
};

}  // namespace site
