#include "core/site/rewrite/rewrite.h"

#include <fmt/format.h>

#include "core/site/conditions/internal_redirect.h"
#include "core/site/rewrite/rewrite_address.h"
#include "core/site/rewrite/rewrite_pass.h"

namespace site {
namespace {

namespace option = config::rewrite_option;
using Kind = Rewritten::Kind;

void say(const RewriteMeans& means, std::string step) {
    if (means.trace) {
        means.trace(std::move(step));
    }
}

Rewritten answer(Rewritten out, int status, std::string reason, const RewriteMeans& means) {
    say(means, fmt::format("status {}: {}", status, reason));
    out.kind = Kind::kStatus;
    out.status = status;
    out.reason = std::move(reason);
    return out;
}

// Answers with a redirect to Walk::filename, a whole URL; what a rule has written as a path is one
// for the client, too. `query_before` is the client's own, which is escaped as it has to be.
Rewritten redirect(
    Rewritten out,
    const RewritePass& pass,
    const Walk& walk,
    std::string_view query_before,
    const RewriteMeans& means
) {
    out.kind = Kind::kRedirect;
    out.status = pass.application().redirect_status();
    std::string_view target = walk.filename;
    target.remove_prefix(pass.application().is_own_path() ? own_origin(walk).size() : 0);
    out.location = as_location(target, pass.is_unescaped());
    if (!walk.query.empty()) {
        const bool is_escaped = pass.is_unescaped() || walk.query == query_before;
        out.location += "?";
        out.location += is_escaped ? without_controls(walk.query) : escaped_path(walk.query);
    }
    say(means, fmt::format("redirect {} to {}", out.status, out.location));
    return out;
}

// SCRIPT_URL and SCRIPT_URI: what was asked for at first.
void set_script_url(Walk& walk) {
    if (walk.beginning == Walk::Beginning::kOtherName) {
        return;  // they are known
    }
    const std::string url(
        walk.environment.find("REDIRECT_SCRIPT_URL").value_or(std::string_view(walk.uri))
    );
    walk.environment.set("SCRIPT_URL", url);
    walk.environment.set("SCRIPT_URI", own_origin(walk) + url);
}

// Whether a path is the name of a file already, instead of one below DocumentRoot: its first
// segment exists, and either the rule itself says that segment, or the path lies below DocumentRoot
// (CVE-2024-38475: never because of what a client has sent).
bool is_file_name(
    const std::string& path, const RewritePass& pass, const Walk& walk, const RewriteMeans& means
) {
    const auto first = path.substr(0, path.find('/', 1));
    if (first.size() < 2 || !means.facts_of(first).exists()) {
        return false;
    }
    const auto& rule = pass.last_change();
    return rule.substitution.starts_with(first) || rule.allows_any_prefix ||
           (!walk.host->document_root.empty() && moved(path, walk.host->document_root, "/"));
}

// Walk::filename has become a path: which file is it?
Rewritten choose_file(
    Rewritten out,
    const config::RewriteRules& rules,
    const RewritePass& pass,
    Walk& walk,
    const RewriteMeans& means
) {
    if (!walk.filename.starts_with('/')) {
        return answer(
            std::move(out),
            400,
            fmt::format("the rewritten URL \"{}\" does not start with \"/\"", walk.filename),
            means
        );
    }
    auto path = resolved(walk.filename);
    if (!path) {
        return answer(
            std::move(out), 400, fmt::format("\"{}\" leads above the root", walk.filename), means
        );
    }
    const bool stays_below =
        pass.application().was_reduced() && !rules.has(option::kLegacyPrefixDocRoot);
    if (stays_below || !is_file_name(*path, pass, walk, means)) {
        std::string_view root = walk.host->document_root;
        root.remove_suffix(root.ends_with('/') ? 1 : 0);
        if (root.empty()) {
            return answer(
                std::move(out), 404, "a rewritten URL needs a DocumentRoot or [PT]", means
            );
        }
        path->insert(0, root);
    }
    out.kind = Kind::kFile;
    walk.filename = *std::move(path);
    say(means, fmt::format("the file {}", walk.filename));
    return out;
}

Rewritten pass_through(Rewritten out, Walk& walk, const RewriteMeans& means) {
    auto path = resolved(walk.filename);
    if (!walk.filename.starts_with('/') || !path) {
        return answer(
            std::move(out),
            400,
            fmt::format("the rewritten URL \"{}\" is no path", walk.filename),
            means
        );
    }
    out.kind = Kind::kUri;
    walk.uri = *std::move(path);
    walk.filename.clear();
    say(means, fmt::format("the URL {} from now on", walk.uri));
    return out;
}

}  // namespace

Rewritten rewrite_url(
    const config::RewriteRules& rules, Walk& walk, RewriteMemory& memory, const RewriteMeans& means
) {
    Rewritten out;
    const bool is_path = walk.uri.starts_with('/') && walk.request->target != "*";
    if (!rules.is_on() || !rules.is_of_server || memory.has_ended ||
        (!is_path && !rules.has(option::kAllowAnyUri))) {
        return out;
    }
    set_script_url(walk);
    const std::string query_before = walk.query;
    walk.filename = walk.uri;
    RewritePass pass(rules, walk, memory, means, out);
    if (!pass.run()) {
        walk.filename.clear();
        return out;
    }
    if (!pass.has_changed()) {
        walk.filename.clear();
        return out;
    }
    const bool is_remote = scheme_of(walk.filename).size > 0;
    if (has_controls(walk.query) && (!is_remote || pass.is_unescaped())) {
        return answer(
            std::move(out), 403, "the rewritten query holds control bytes or blanks", means
        );
    }
    if (is_remote) {
        return redirect(std::move(out), pass, walk, query_before, means);
    }
    return pass.is_passed_through() ? pass_through(std::move(out), walk, means)
                                    : choose_file(std::move(out), rules, pass, walk, means);
}

namespace {

// The URL path of a file's path, as far as it is known: by RewriteBase, or below DocumentRoot, or
// below the Alias that has led there.
std::string url_path_of(
    const std::string& path,
    const config::RewriteRules& rules,
    const FoundIn& found_in,
    const Walk& walk
) {
    if (rules.base) {
        if (auto url = moved(path, rules.directory, *rules.base)) {
            return *std::move(url);
        }
    } else if (!walk.host->document_root.empty()) {
        if (auto url = moved(path, walk.host->document_root, "/")) {
            return *std::move(url);
        }
    }
    if (!found_in.alias_target.empty() && !rules.has(option::kIgnoreContextInfo)) {
        if (auto url = moved(path, found_in.alias_target, found_in.alias_path)) {
            return *std::move(url);
        }
    }
    return path;
}

// The path of a redirect is one of a file, where a rule has said a relative one.
void show_url_path(
    const config::RewriteRules& rules, const FoundIn& found_in, const Walk& walk, std::string& url
) {
    const auto scheme = scheme_of(url).size;
    const auto slash = url.find('/', scheme);
    if (slash != std::string::npos && url.substr(0, slash) == own_origin(walk)) {
        const auto path = url.substr(slash);
        if (moved(path, rules.directory, "/")) {
            url.replace(slash, std::string::npos, url_path_of(path, rules, found_in, walk));
        }
    }
}

Rewritten redirect_in_server(
    Rewritten out,
    const config::RewriteRules& rules,
    const FoundIn& found_in,
    Walk& walk,
    RewriteMemory& memory,
    const RewriteMeans& means
) {
    if (++memory.internal_redirects > kInternalRedirectsMax) {
        return answer(
            std::move(out),
            500,
            fmt::format(
                "more than {} internal redirects; a rule of {} probably matches what it yields",
                kInternalRedirectsMax,
                rules.directory
            ),
            means
        );
    }
    const auto path = resolved(url_path_of(walk.filename, rules, found_in, walk));
    if (!path) {
        return answer(
            std::move(out), 400, fmt::format("\"{}\" leads above the root", walk.filename), means
        );
    }
    out.kind = Kind::kInternalRedirect;
    out.handler.clear();  // of the request that has been; as in Apache
    out.content_type.clear();
    redirect_internally(walk, *path, std::string(walk.query));
    say(means, fmt::format("internal redirect to {}", walk.uri));
    return out;
}

}  // namespace

Rewritten rewrite_file(
    const config::RewriteRules& rules,
    const FoundIn& found_in,
    Walk& walk,
    RewriteMemory& memory,
    const RewriteMeans& means
) {
    Rewritten out;
    const std::string_view directory = rules.directory;
    const bool is_slash_missing =
        directory.size() == walk.filename.size() + 1 && directory.starts_with(walk.filename);
    if (!rules.is_on() || rules.is_of_server || !rules.is_given || memory.has_ended ||
        (is_slash_missing && !rules.has(option::kAllowNoSlash))) {
        return out;
    }
    if (!found_in.may_follow_links) {
        return answer(
            std::move(out),
            403,
            fmt::format(
                "RewriteRule needs \"Options FollowSymLinks\" or \"SymLinksIfOwnerMatch\" in {}",
                directory
            ),
            means
        );
    }
    const std::string file_before = walk.filename;
    const std::string query_before = walk.query;
    const std::string path_info_before = walk.path_info;
    RewritePass pass(rules, walk, memory, means, out);
    if (!pass.run()) {
        return out;
    }
    if (!pass.has_changed()) {
        walk.filename = file_before;
        return out;
    }
    const bool is_remote = scheme_of(walk.filename).size > 0;
    if (has_controls(walk.query) && (!is_remote || pass.is_unescaped())) {
        return answer(
            std::move(out), 403, "the rewritten query holds control bytes or blanks", means
        );
    }
    if (is_remote) {
        show_url_path(rules, found_in, walk, walk.filename);
        return redirect(std::move(out), pass, walk, query_before, means);
    }
    if (!walk.filename.starts_with('/') || walk.filename.find('\0') != std::string::npos) {
        return answer(
            std::move(out),
            400,
            fmt::format("the rewritten URL \"{}\" is no path", walk.filename),
            means
        );
    }
    if (walk.filename == file_before) {
        walk.path_info = path_info_before;
        say(means, "nothing has changed in the end");
        return out;
    }
    return redirect_in_server(std::move(out), rules, found_in, walk, memory, means);
}

}  // namespace site
