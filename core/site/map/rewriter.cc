#include "core/site/map/rewriter.h"

#include <utility>

#include "core/site/conditions/evaluation.h"

namespace site {
namespace {

ExpressionAnswer evaluate(const config::Expression& expression, const Walk& walk) {
    ExpressionAnswer answer;
    ExpressionGroups groups;
    if (const auto is_true = holds(expression, walk, &groups)) {
        answer.holds = *is_true;
        answer.groups = std::move(groups.texts);
    }
    return answer;
}

Answer follow(Rewritten rewritten, Mapping& mapping) {
    using Kind = Rewritten::Kind;
    for (auto& cookie : std::exchange(mapping.memory.cookies, {})) {
        mapping.headers.emplace_back("Set-Cookie", std::move(cookie));
    }
    if (!rewritten.handler.empty()) {
        mapping.walk.handler = rewritten.handler;
    }
    if (!rewritten.content_type.empty()) {
        mapping.walk.content_type = rewritten.content_type;
    }
    switch (rewritten.kind) {
        case Kind::kNothing:
        case Kind::kUri:
            return std::nullopt;
        case Kind::kFile:
            if (mapping.mounted.mount != nullptr && rewritten.handler.empty()) {
                mapping.walk.handler.clear();  // that of the mount
            }
            mapping.file.known_size = 0;
            mapping.mounted.mount = nullptr;
            return std::nullopt;  // only rules of a server say so, before the file is looked for
        case Kind::kInternalRedirect:
            // redirect_internally() has renamed the variables.
            mapping.note("rewrite", "internal redirection to ", mapping.walk.uri);
            mapping.starts_again = true;
            return std::nullopt;
        case Kind::kRedirect:
            return Outcome::redirection(
                rewritten.status, std::move(rewritten.location), "RewriteRule"
            );
        case Kind::kStatus:
            return Outcome::page(
                rewritten.status,
                rewritten.reason.empty() ? "RewriteRule" : std::move(rewritten.reason)
            );
    }
    return std::nullopt;
}

}  // namespace

Rewriter::Rewriter() { means_.evaluate = evaluate; }

void Rewriter::trace(const Mapping& mapping) {
    if (mapping.trace != nullptr) {
        means_.trace = [&mapping](const std::string& step) { mapping.note("rewrite", step); };
    } else if (means_.trace) {
        means_.trace = nullptr;
    }
}

Answer Rewriter::rewrite_url(const Site::Rewriting* rewriting, Mapping& mapping) {
    means_.maps = rewriting == nullptr ? nullptr : &rewriting->maps;
    if (rewriting == nullptr || !rewriting->rules.is_on() || mapping.memory.has_ended) {
        return std::nullopt;
    }
    return follow(
        site::rewrite_url(rewriting->rules, mapping.walk, mapping.memory, means_), mapping
    );
}

Answer Rewriter::rewrite_file(Mapping& mapping) {
    const auto& rules = mapping.settings->rewriting;
    if (!rules.is_on() || rules.is_of_server || mapping.memory.has_ended) {
        return std::nullopt;
    }
    constexpr auto kLinks = config::option::kFollowSymLinks | config::option::kSymLinksIfOwnerMatch;
    mapping.found_in.may_follow_links = (mapping.settings->options.bits() & kLinks) != 0;
    // mod_rewrite sees the name of a directory as the URL has it.
    const bool has_slash = mapping.file.kind == FileKind::kDirectory &&
                           mapping.walk.uri.ends_with('/') && !mapping.walk.filename.ends_with('/');
    if (has_slash) {
        mapping.walk.filename.push_back('/');
    }
    auto rewritten =
        site::rewrite_file(rules, mapping.found_in, mapping.walk, mapping.memory, means_);
    if (has_slash && rewritten.kind == Rewritten::Kind::kNothing) {
        mapping.walk.filename.pop_back();
    }
    return follow(std::move(rewritten), mapping);
}

}  // namespace site
