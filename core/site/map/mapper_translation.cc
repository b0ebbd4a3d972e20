// From the URL to a file: rewriting, redirections, aliases, mounts and DocumentRoot.
#include "core/site/map/mapper.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/effort.h"
#include "core/config/language/sections.h"
#include "core/config/rewriting/rewrite_values.h"
#include "core/site/access/access.h"
#include "core/site/conditions/environment.h"
#include "core/site/conditions/expression.h"
#include "core/site/conditions/internal_redirect.h"
#include "core/site/map/handlers.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

// Whether the URL path of an Alias or a Redirect matches; `size` is how much of `uri` it is. Runs
// of slashes count as one on both sides.
bool matches_prefix(std::string_view prefix, std::string_view uri, std::size_t& size) {
    std::size_t at = 0;
    std::size_t in_prefix = 0;
    const auto skip = [](std::string_view text, std::size_t& position) {
        while (position < text.size() && text[position] == '/') {
            ++position;
        }
    };
    while (in_prefix < prefix.size()) {
        if (at >= uri.size() || prefix[in_prefix] != uri[at]) {
            return false;
        }
        if (prefix[in_prefix] == '/') {
            skip(prefix, in_prefix);
            skip(uri, at);
        } else {
            ++in_prefix;
            ++at;
        }
    }
    size = at;
    return prefix.ends_with('/') || at == uri.size() || uri[at] == '/';
}

// Whether `path` goes up, so that sections would be looked for in another directory than the
// file's.
bool has_dot_segment(std::string_view path) {
    for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
        const auto rest = path.substr(at + 1);
        const auto segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") {
            return true;
        }
    }
    return false;
}

constexpr const char* kRequestTooLong = "all rules of this request together take too long";

// What `regex` makes of `text`; nothing where it does not match. The error is that it took too long
// or made too much.
base::Result<std::optional<std::string>> target_of(
    std::string_view directive,
    const base::Regex& regex,
    const std::string& text,
    const std::string& target,
    const config::Place& place
) {
    base::Captures captures;
    const auto match = regex.match(text, &captures);
    if (match == base::Match::kNo) {
        return std::optional<std::string>();
    }
    auto made = match == base::Match::kYes ? base::substitute(target, captures) : std::nullopt;
    if (!made) {
        return base::fail(
            base::Fault::kServer,
            fmt::format(
                "{}: {} {}: {}",
                place.text(),
                directive,
                regex.pattern(),
                match == base::Match::kYes
                    ? "the target has grown too long"
                    : "it takes too long, or all patterns of this request together do"
            )
        );
    }
    return made;
}

}  // namespace

Mapper::Answer Mapper::start() {
    settings_ = nullptr;
    if (request_.method == "TRACE") {
        return Outcome::page(405, "TRACE is not answered");
    }
    mounted_.mount = nullptr;
    const bool is_first = rounds_ == 1 && walk_.redirect_status == 200;
    walk_.beginning = is_first ? Walk::Beginning::kRequest
                      : walk_.filename.empty()
                          ? Walk::Beginning::kInternalRedirect  // redirect_internally() forgets it
                          : Walk::Beginning::kOtherName;
    walk_.filename.clear();
    walk_.path_info.clear();
    walk_.handler.clear();
    walk_.content_type.clear();
    found_in_ = {};
    known_size_ = 0;
    const auto& base = sections_.base(request_.host);
    if (const auto set = set_early_variables(base.environment, walk_); !set) {
        return Outcome::page(500, set.error().what);
    }
    return rewrite_url();
}

Mapper::Answer Mapper::rewrite_url() {
    const auto* const rewriting = site_.rewriting[request_.host].get();
    means_.maps = rewriting == nullptr ? nullptr : &rewriting->maps;
    if (rewriting == nullptr || !rewriting->rules.is_on() || memory_.has_ended) {
        return std::nullopt;
    }
    return follow(site::rewrite_url(rewriting->rules, walk_, memory_, means_));
}

Mapper::Answer Mapper::rewrite_file() {
    const auto& rules = settings_->rewriting;
    if (!rules.is_on() || rules.is_of_server || memory_.has_ended) {
        return std::nullopt;
    }
    constexpr auto kLinks = config::option::kFollowSymLinks | config::option::kSymLinksIfOwnerMatch;
    found_in_.may_follow_links = (settings_->options.bits() & kLinks) != 0;
    // mod_rewrite sees the name of a directory as the URL has it.
    const bool has_slash =
        kind_ == FileKind::kDirectory && walk_.uri.ends_with('/') && !walk_.filename.ends_with('/');
    if (has_slash) {
        walk_.filename.push_back('/');
    }
    auto rewritten = site::rewrite_file(rules, found_in_, walk_, memory_, means_);
    if (has_slash && rewritten.kind == Rewritten::Kind::kNothing) {
        walk_.filename.pop_back();
    }
    return follow(std::move(rewritten));
}

Mapper::Answer Mapper::follow(Rewritten rewritten) {
    using Kind = Rewritten::Kind;
    for (auto& cookie : std::exchange(memory_.cookies, {})) {
        headers_.emplace_back("Set-Cookie", std::move(cookie));
    }
    if (!rewritten.handler.empty()) {
        walk_.handler = rewritten.handler;
    }
    if (!rewritten.content_type.empty()) {
        walk_.content_type = rewritten.content_type;
    }
    switch (rewritten.kind) {
        case Kind::kNothing:
        case Kind::kUri:
            return std::nullopt;
        case Kind::kFile:
            if (mounted_.mount != nullptr && rewritten.handler.empty()) {
                walk_.handler.clear();  // that of the mount
            }
            known_size_ = 0;
            mounted_.mount = nullptr;
            return settings_ == nullptr ? std::nullopt : look_for_file();
        case Kind::kInternalRedirect:
            // redirect_internally() has renamed the variables.
            note("rewrite", "internal redirection to ", walk_.uri);
            starts_again_ = true;
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

Mapper::Answer Mapper::translate() {
    if (walk_.filename.empty()) {
        const auto& main = site_.config.hosts.front();
        const auto& host = *walk_.host;
        const auto whole = sections_.redirect_of_location(walk_);
        if (!whole) {
            return Outcome::page(500, whole.error().what);
        }
        if (*whole != nullptr) {
            return redirect_whole(**whole);
        }
        for (const auto* const each : {&host, &main}) {
            if (auto answer = redirect(each->redirects)) {
                return answer;
            }
        }
        const bool has_runs = walk_.uri.find("//") != std::string::npos;
        path_ = has_runs ? collapsed(walk_.uri) : std::string();
        const std::string& path = has_runs ? path_ : walk_.uri;
        const auto is_alias = translate_alias(path);
        if (!is_alias) {
            return Outcome::page(500, is_alias.error().what);
        }
        if (!*is_alias) {
            if (const auto found = site_.mounts.find(request_.host, path, mounted_); !found) {
                return Outcome::page(500, found.error().what);
            }
            const auto& root = config::document_root_of(site_.config, host);
            if (mounted_.mount != nullptr) {
                walk_.filename.swap(mounted_.filename);
                walk_.handler.assign(kScriptHandler);
                note("alias", "WSGIScriptAlias to ", walk_.filename, &mounted_.mount->place);
            } else if (!translate_user(path) && !root.empty()) {
                walk_.filename.assign(root, 0, root.find_last_not_of('/') + 1).append(path);
                known_size_ = root.size();
                note("alias", "below DocumentRoot: ", walk_.filename);
            } else if (walk_.filename.empty()) {
                note("alias", "nothing is mounted there, and there is no DocumentRoot");
            }
        }
    }
    return look_for_file();
}

// UserDir: "/~name" and what lies below it.
bool Mapper::translate_user(const std::string& path) {
    const auto& own = walk_.host->settings.user_dir;
    const auto& user_dir = own ? own : site_.config.hosts.front().settings.user_dir;
    if (!user_dir || !path.starts_with("/~")) {
        return false;
    }
    const auto end = std::min(path.find('/', 2), path.size());
    const auto name = path.substr(2, end - 2);
    const auto is_listed = [&](const auto& names) {
        return std::ranges::find(names, name) != names.end();
    };
    if (name.empty() || name == "." || name == ".." || is_listed(user_dir->disabled) ||
        (user_dir->is_disabled && !is_listed(user_dir->enabled))) {
        return false;
    }
    std::string found;
    for (const auto& pattern : user_dir->paths) {
        const auto star = pattern.find('*');
        if (!pattern.starts_with('/')) {
            const auto home = site_.homes.of(name);
            found = home.empty() ? found : home + "/" + pattern;
        } else if (star == std::string::npos) {
            found = pattern + "/" + name;
        } else {
            found = pattern.substr(0, star) + name + pattern.substr(star + 1);
        }
        if (!found.empty() && kind_of(found) == FileKind::kDirectory) {
            break;
        }
    }
    if (found.empty()) {
        return false;
    }
    walk_.filename = found + path.substr(end);
    known_size_ = found.size();
    note("alias", "UserDir: ", walk_.filename);
    return true;
}

base::Result<bool> Mapper::translate_alias(const std::string& path) {
    for (const auto* const host : {walk_.host, &site_.config.hosts.front()}) {
        for (const auto& alias : host->aliases) {
            std::size_t size = 0;
            if (alias.regex) {
                auto name =
                    TRY(target_of("AliasMatch", *alias.regex, path, alias.target, alias.place));
                if (!name) {
                    continue;
                }
                walk_.filename = *std::move(name);
                known_size_ = 0;
            } else if (matches_prefix(alias.url_path, path, size)) {
                walk_.filename.assign(alias.target).append(path, size);
                known_size_ = alias.target.size();
                found_in_.alias_path = alias.url_path;
                found_in_.alias_target = alias.target;
            } else {
                continue;
            }
            note("alias", "Alias to ", walk_.filename, &alias.place);
            return true;
        }
        if (host == &site_.config.hosts.front()) {
            break;
        }
    }
    return false;
}

Mapper::Answer Mapper::redirect(const std::vector<config::Redirect>& redirects) {
    for (const auto& redirect : redirects) {
        if (base::Effort::count()) {
            return Outcome::page(500, redirect.place.text() + ": Redirect: " + kRequestTooLong);
        }
        std::string target;
        std::size_t size = 0;
        if (redirect.is_whole()) {
            continue;  // its turn was before the aliases, or is after the sections
        }
        if (redirect.regex) {
            auto made = target_of(
                "RedirectMatch", *redirect.regex, walk_.uri, redirect.target, redirect.place
            );
            if (!made) {
                return Outcome::page(500, made.error().what);
            }
            if (!*made) {
                continue;
            }
            target = **std::move(made);
        } else if (matches_prefix(redirect.url_path, walk_.uri, size)) {
            target = redirect.target + encoded(std::string_view(walk_.uri).substr(size));
        } else {
            continue;
        }
        return redirect_to(redirect, std::move(target));
    }
    return std::nullopt;
}

Mapper::Answer Mapper::redirect_whole(const config::Redirect& redirect) {
    if (!redirect.expression) {
        return redirect_to(redirect, redirect.target);
    }
    auto target = value_of(*redirect.expression, walk_);
    return target ? redirect_to(redirect, *std::move(target))
                  : Outcome::page(500, target.error().what);
}

Outcome Mapper::redirect_to(const config::Redirect& redirect, std::string target) {
    note("alias", fmt::format("Redirect {} ", redirect.status), target, &redirect.place);
    if (redirect.target.empty()) {
        return Outcome::page(redirect.status, "Redirect: " + walk_.uri);
    }
    if (!walk_.query.empty() && target.find('?') == std::string::npos) {
        target.append("?").append(walk_.query);
    }
    return Outcome::redirection(redirect.status, std::move(target), "Redirect");
}

Mapper::Answer Mapper::look_for_file() {
    auto& file = walk_.filename;
    // The path of the request has none; what a regular expression has captured may be one ("/~..").
    if (has_dot_segment(file)) {
        return Outcome::page(403, "a name with \"..\" in it: " + file);
    }
    if (file.empty()) {
        kind_ = FileKind::kMissing;
        return std::nullopt;
    }
    if (mounted_.mount != nullptr && mounted_.is_file) {
        walk_.path_info.assign(file, mounted_.target_size);
        file.resize(mounted_.target_size);
        kind_ = FileKind::kFile;
        return std::nullopt;
    }
    base::Effort::begin();
    kind_ = find_file(
        file, walk_.path_info, mounted_.mount != nullptr ? mounted_.target_size : known_size_
    );
    return std::nullopt;
}

}  // namespace site
