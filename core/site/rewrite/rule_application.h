// What one rule does to a request: its match, its conditions, its variables and cookies, what it
// puts in place of the URL, the handler that it asks for. Remembers of its rules what those behind
// them may refer to, and how the last substitution is to be understood. One thread; lives for one
// pass.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/config/model/rewrite_rules.h"
#include "core/site/rewrite/rewrite.h"
#include "core/site/rewrite/rewrite_expansion.h"

namespace site {

class RuleApplication {
public:
    RuleApplication(
        const config::RewriteRules& rules,
        Walk& walk,
        RewriteMemory& memory,
        const RewriteMeans& means,
        Rewritten& out
    )
        : rules_(rules),
          walk_(walk),
          memory_(memory),
          means_(means),
          out_(out),
          expansion_(walk, references_, means),
          is_in_directory_(!rules.is_of_server) {}

    enum class Step { kNoMatch, kMatch, kAnswered };

    // Step kMatch says that it has done all.
    Step apply(const config::RewriteRule& rule);
    // The request has an answer, and no rule counts any more.
    Step answer(int status, std::string reason);
    template <class... Args>
    void trace(fmt::format_string<Args...> format, Args&&... args) const {
        if (means_.trace) {
            means_.trace(fmt::format(format, std::forward<Args>(args)...));
        }
    }

    [[nodiscard]] int redirect_status() const { return redirect_status_; }
    // A URL of the server itself was written out; it is a path below DocumentRoot.
    [[nodiscard]] bool was_reduced() const { return was_reduced_; }
    // What is redirected to was written as a path: [R] has put own_origin() in front of it, for
    // rules that follow and for nobody else.
    [[nodiscard]] bool is_own_path() const { return is_own_path_; }

private:
    Step match(const config::RewriteRule& rule);
    // Whether all conditions hold; kMatch if so.
    Step check_conditions(const config::RewriteRule& rule);
    Step set_variables_and_cookies(const config::RewriteRule& rule);
    Step set_handler_and_type(const config::RewriteRule& rule);
    Step substitute(const config::RewriteRule& rule, const Expanded& text);
    // Cuts the query off `text` and combines it with what there is. False where a "?" that a client
    // has sent encoded would become the start of a query.
    bool split_query(const config::RewriteRule& rule, const Expanded& text, std::size_t& path_size);
    Step answer_too_large(const config::RewriteRule& rule, std::string_view what);

    // Fixed at construction.
    const config::RewriteRules& rules_;
    Walk& walk_;
    RewriteMemory& memory_;
    const RewriteMeans& means_;
    Rewritten& out_;
    References references_;
    Expansion expansion_;
    const bool is_in_directory_;

    // Of the last substitution.
    bool was_reduced_ = false;
    bool is_own_path_ = false;
    int redirect_status_ = 302;
};

// Where a rule stands and, for the log, as much of it as a line has room for.
std::string name_of(const config::RewriteRule& rule);

}  // namespace site
