#include "core/site/rewrite/rewrite_condition.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>

#include "core/base/text/text.h"
#include "core/site/names/file_look.h"

namespace site {
namespace {

using Test = config::RewriteCondition::Test;

// mod_rewrite's order of texts: a shorter one comes first, but where case is ignored.
int compare_texts(const std::string& a, const std::string& b, bool is_case_blind) {
    if (is_case_blind) {
        return base::lower_case(a).compare(base::lower_case(b));
    }
    return a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
}

bool compares(const config::RewriteCondition& condition, const std::string& input) {
    const bool is_number =
        condition.test >= Test::kNumberLess && condition.test <= Test::kNumberGreater;
    const auto left = is_number ? base::leading_number(input) : 0;
    const auto right = is_number ? base::leading_number(condition.pattern) : 0;
    const int order = is_number ? (left < right   ? -1
                                   : left > right ? 1
                                                  : 0)
                                : compare_texts(input, condition.pattern, condition.is_case_blind);
    switch (condition.test) {
        case Test::kLess:
        case Test::kNumberLess:
            return order < 0;
        case Test::kLessOrEqual:
        case Test::kNumberLessOrEqual:
            return order <= 0;
        case Test::kGreaterOrEqual:
        case Test::kNumberGreaterOrEqual:
            return order >= 0;
        case Test::kGreater:
        case Test::kNumberGreater:
            return order > 0;
        default:
            return order == 0;
    }
}

bool is_so(Test test, const FileFacts& facts) {
    switch (test) {
        case Test::kIsFile:
            return facts.is_file;
        case Test::kHasContent:
            return facts.is_file && facts.has_content;
        case Test::kIsDirectory:
            return facts.is_directory;
        case Test::kIsLink:
            return facts.is_link;
        default:
            return facts.is_executable;
    }
}

base::Result<bool> matches(
    const config::RewriteCondition& condition, const std::string& input, References& references
) {
    base::Captures captures;
    switch (condition.regex->match(input, &captures)) {
        case base::Match::kGaveUp:
            return base::fail(
                base::Fault::kClient,
                fmt::format("RewriteCond {}: the match takes too long", condition.text)
            );
        case base::Match::kNo:
            return false;
        case base::Match::kYes:
            break;
    }
    if (!condition.is_negated) {
        std::ranges::copy(captures.groups, references.of_condition.begin());
    }
    return true;
}

base::Result<bool> evaluates(
    const config::RewriteCondition& condition,
    const Walk& walk,
    References& references,
    const RewriteMeans& means
) {
    const auto fields = walk.vary == nullptr ? 0 : walk.vary->size();
    auto answer = means.evaluate ? means.evaluate(*condition.expression, walk) : ExpressionAnswer();
    if (walk.vary != nullptr && condition.is_no_vary) {
        walk.vary->resize(fields);
    }
    if (!answer.holds) {
        return base::fail(
            base::Fault::kServer,
            fmt::format("RewriteCond {}: the expression has no value", condition.text)
        );
    }
    if (*answer.holds && !condition.is_negated) {
        references.of_condition = std::move(answer.groups);
    }
    return *answer.holds;
}

}  // namespace

FileFacts facts_of_file(const std::string& path) {
    FileFacts facts;
    struct stat target {};
    if (path.find('\0') != std::string::npos) {
        return facts;
    }
    if (look_at(path, target, true) == 0) {
        facts.is_file = S_ISREG(target.st_mode);
        facts.is_directory = S_ISDIR(target.st_mode);
        facts.has_content = target.st_size > 0;
        facts.is_executable = (target.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    }
    struct stat link {};
    facts.is_link = look_at(path, link, false) == 0 && S_ISLNK(link.st_mode);
    return facts;
}

base::Result<bool> holds(
    const config::RewriteCondition& condition,
    const Walk& walk,
    References& references,
    Expansion& expansion,
    const RewriteMeans& means
) {
    bool result = false;
    std::string input;
    if (condition.test == Test::kExpression) {
        result = TRY(evaluates(condition, walk, references, means));
    } else {
        input = TRY(expansion.expand(condition.input)).text;
        if (condition.test == Test::kRegex) {
            result = TRY(matches(condition, input, references));
        } else if (condition.test < Test::kIsFile) {
            result = compares(condition, input);
        } else {
            result = is_so(condition.test, means.facts_of(input));
        }
    }
    result = result != condition.is_negated;
    if (means.trace) {
        means.trace(fmt::format(
            "RewriteCond {}: \"{}\" {}", condition.text, input, result ? "holds" : "does not hold"
        ));
    }
    return result;
}

}  // namespace site
