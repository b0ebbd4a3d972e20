// One pass over a list of rules. While it lasts, Walk::filename is the text that rules match and
// change: a URL path, or the name of a file, or a whole URL. One thread; lives for one pass.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/config/model/rewrite_rules.h"
#include "core/site/rewrite/rewrite.h"
#include "core/site/rewrite/rewrite_expansion.h"

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
          means_(means),
          out_(out),
          expansion_(walk, references_, means),
          is_in_directory_(!rules.is_of_server) {}

    // False where `out` has become an answer (kStatus).
    bool run();

    [[nodiscard]] bool has_changed() const { return last_change_ != nullptr; }
    [[nodiscard]] bool is_passed_through() const { return is_passed_through_; }
    // Of the last rule that changed anything.
    [[nodiscard]] bool is_unescaped() const {
        return last_change_->is_unescaped && !is_passed_through_;
    }
    [[nodiscard]] int redirect_status() const { return redirect_status_; }
    // A URL of the server itself was written out; it is a path below DocumentRoot.
    [[nodiscard]] bool was_reduced() const { return was_reduced_; }
    // What is redirected to was written as a path: [R] has put own_origin() in front of it, for
    // rules that follow and for nobody else.
    [[nodiscard]] bool is_own_path() const { return is_own_path_; }
    [[nodiscard]] const config::RewriteRule& last_change() const { return *last_change_; }

private:
    enum class Step { kNoMatch, kMatch, kAnswered };

    // What to do after a rule.
    enum class Next { kRule, kSkipChain, kStop, kStart, kAnswered };
    Next follow(const config::RewriteRule& rule);
    Next after_match(const config::RewriteRule& rule);

    // Step kMatch says that it has done all.
    Step apply(const config::RewriteRule& rule);
    Step match(const config::RewriteRule& rule);
    // Whether all conditions hold; kMatch if so.
    Step check_conditions(const config::RewriteRule& rule);
    Step set_variables_and_cookies(const config::RewriteRule& rule);
    Step set_handler_and_type(const config::RewriteRule& rule);
    Step substitute(const config::RewriteRule& rule, const Expanded& text);
    // Cuts the query off `text` and combines it with what there is. False where a "?" that a client
    // has sent encoded would become the start of a query.
    bool split_query(const config::RewriteRule& rule, const Expanded& text, std::size_t& path_size);

    Step answer(int status, std::string reason);
    Step answer_too_large(const config::RewriteRule& rule, std::string_view what);
    template <class... Args>
    void trace(fmt::format_string<Args...> format, Args&&... args) const {
        if (means_.trace) {
            means_.trace(fmt::format(format, std::forward<Args>(args)...));
        }
    }

    // Fixed at construction.
    const config::RewriteRules& rules_;
    Walk& walk_;
    RewriteMemory& memory_;
    const RewriteMeans& means_;
    Rewritten& out_;
    References references_;
    Expansion expansion_;
    const bool is_in_directory_;

    // Where we are.
    const config::RewriteRule* last_change_ = nullptr;
    bool is_passed_through_ = false;
    bool was_reduced_ = false;
    bool is_own_path_ = false;
    int redirect_status_ = 302;
    int round_ = 1;
    int applied_ = 0;
    bool matched_ = false;  // the last rule
};

}  // namespace site
