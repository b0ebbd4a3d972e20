#include "core/site/rewrite/rewrite_pass.h"

#include <fmt/format.h>

#include "core/base/text/effort.h"

namespace site {
namespace {

// Rules that start again and again are stopped after as many matches, whatever their [N=…] say.
constexpr int kAppliedMax = 200'000;
}  // namespace

bool RewritePass::run() {
    const auto count = rules_.rules.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto& rule = rules_.rules[i];
        if (walk_.is_subrequest && (rule.is_not_for_subrequests || rule.is_redirect)) {
            continue;
        }
        switch (follow(rule)) {
            case Next::kAnswered:
                return false;
            case Next::kStop:
                return true;
            case Next::kStart:
                i = static_cast<std::size_t>(-1);
                break;
            case Next::kSkipChain:
                while (i < count && rules_.rules[i].is_chained) {
                    ++i;
                }
                break;
            case Next::kRule:
                break;
        }
        // Only a rule that has matched skips others.
        if (i < count && &rules_.rules[i] == &rule && matched_) {
            i += static_cast<std::size_t>(rule.skip);
        }
    }
    return true;
}

RewritePass::Next RewritePass::follow(const config::RewriteRule& rule) {
    matched_ = false;
    if (++applied_ > kAppliedMax || base::Effort::count()) {
        application_.answer(
            500,
            fmt::format(
                "{}: rules {}",
                name_of(rule),
                applied_ > kAppliedMax ? "start again without end" : "take too long together"
            )
        );
        return Next::kAnswered;
    }
    switch (application_.apply(rule)) {
        case RuleApplication::Step::kAnswered:
            return Next::kAnswered;
        case RuleApplication::Step::kNoMatch:
            return rule.is_chained ? Next::kSkipChain : Next::kRule;
        case RuleApplication::Step::kMatch:
            break;
    }
    matched_ = true;
    return after_match(rule);
}

RewritePass::Next RewritePass::after_match(const config::RewriteRule& rule) {
    const auto length_max = 2 * walk_.config->limit_request_line;
    if (walk_.filename.size() > length_max || walk_.query.size() > length_max) {
        application_.answer(
            500,
            fmt::format("{}: the URL has grown longer than {} bytes", name_of(rule), length_max)
        );
        return Next::kAnswered;
    }
    if (rule.answers_status) {
        application_.answer(rule.status, {});
        return Next::kAnswered;
    }
    if (!rule.is_match_only) {
        last_change_ = &rule;
    }
    if (rule.is_passed_through) {
        // Also after "-"; what other rules have changed is passed on.
        is_passed_through_ = true;
        last_change_ = &rule;
        return Next::kStop;
    }
    if (rule.is_end) {
        memory_.has_ended = true;
        application_.trace("END: no more rules for this request");
        return Next::kStop;
    }
    if (rule.is_last) {
        return Next::kStop;
    }
    if (!rule.is_next_round) {
        return Next::kRule;
    }
    if (++round_ > rule.rounds_max) {
        application_.answer(
            500,
            fmt::format(
                "{}: [N] has started again {} times; write [N=...] to allow more",
                name_of(rule),
                rule.rounds_max
            )
        );
        return Next::kAnswered;
    }
    return Next::kStart;
}

}  // namespace site
