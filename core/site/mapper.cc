#include "core/site/mapper.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/rewrite_values.h"
#include "core/config/sections.h"
#include "core/site/access.h"
#include "core/site/environment.h"
#include "core/site/expression.h"
#include "core/site/handlers.h"
#include "core/site/internal_redirect.h"
#include "core/site/url_path.h"

namespace site {
namespace {

// Apache's LimitInternalRecursion.
constexpr int kRoundsMax = 10;

// What of `uri` stays when `path_info` is taken off its end. They need not agree where a regular
// expression has made the file's name: then it is what they have in common.
std::string_view without_path_info(std::string_view uri, std::string_view path_info) {
    if (uri.ends_with(path_info)) {
        return uri.substr(0, uri.size() - path_info.size());
    }
    const auto [in_uri, in_info] =
        std::mismatch(uri.rbegin(), uri.rend(), path_info.rbegin(), path_info.rend());
    const auto at = uri.find('/', static_cast<std::size_t>(uri.rend() - in_uri));
    return uri.substr(0, at);
}

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

bool is_error(int status) { return status >= 400; }

ExpressionAnswer evaluate(const config::Expression& expression, const Walk& walk) {
    ExpressionAnswer answer;
    ExpressionGroups groups;
    if (const auto is_true = holds(expression, walk, &groups)) {
        answer.holds = *is_true;
        answer.groups = std::move(groups.texts);
    }
    return answer;
}

}  // namespace

Site::Site(const config::Config& its_config)
    : config(its_config),
      mounts(config),
      groups(config),
      types(
          config.types_config.empty() ? MimeTypes::of_system()
                                      : MimeTypes::of_system(config.types_config)
      ),
      rewriting(config.hosts.size()) {
    for (const auto& host : config.hosts) {
        if (auto rules = config::rewriting_of_host(config, host.index); rules.is_given) {
            rewriting[host.index] = std::make_unique<const Rewriting>(std::move(rules));
        }
    }
}

Mapper::Mapper(const Site& site) : site_(site), sections_(site.config) {
    means_.evaluate = evaluate;
}

void Mapper::note(std::string_view phase, const std::string& sentence, const config::Place* place) {
    if (trace_ != nullptr) {
        trace_->note(phase, sentence, place);
    }
}

Outcome Mapper::map(const Request& request, Route& out, Trace* trace) {
    trace_ = trace;
    request_ = request;
    walk_.request = &request_;
    walk_.config = &site_.config;
    walk_.host = &site_.config.hosts[request.host];
    walk_.query.assign(request.query);
    asked_query_ = request.query;
    asked_method_ = request.method;
    walk_.environment.clear();
    walk_.remote_user.clear();
    walk_.redirect_status = 200;
    headers_.clear();
    memory_ = {};
    rounds_ = 0;
    const auto& settings = site_.config.hosts[request.host].settings;
    const auto& main = site_.config.hosts.front().settings;
    const auto verdict = normalise(
        request.path,
        walk_.uri,
        settings.merge_slashes.value_or(main.merge_slashes.value_or(true)),
        // Unlike others, Apache does not inherit this one.
        settings.encoded_slashes.value_or(config::EncodedSlashes::kRefused)
    );
    settings_ = nullptr;
    script_name_.clear();
    is_fallback_ = false;
    auto outcome =
        verdict == PathVerdict::kFine ? run(out)
        : verdict == PathVerdict::kMalformed
            ? Outcome::page(400, "malformed path in the request")
            : Outcome::page(404, "an encoded slash or zero byte in the path of the request");
    if (outcome.kind == Outcome::Kind::kPage && is_error(outcome.status)) {
        outcome = with_document(std::move(outcome), out);
    }
    outcome.headers.insert(outcome.headers.end(), headers_.begin(), headers_.end());
    return outcome;
}

Outcome Mapper::document_for(int status, Outcome page, Route& out) {
    page.status = status;
    return with_document(std::move(page), out);
}

Outcome Mapper::run(Route& out) {
    do {
        if (rounds_++ >= kRoundsMax) {
            return Outcome::page(
                500,
                fmt::format(
                    "more than {} redirections inside the server; the last one was to {}",
                    kRoundsMax,
                    walk_.uri
                )
            );
        }
        starts_again_ = false;
        for (const auto phase :
             {&Mapper::start,
              &Mapper::translate,
              &Mapper::merge_sections,
              &Mapper::check_access,
              &Mapper::fix_up}) {
            if (auto answer = (this->*phase)()) {
                return *std::move(answer);
            }
            if (starts_again_) {
                break;
            }
        }
    } while (starts_again_);
    return handle(out);
}

// --- From the URL to a file

Mapper::Answer Mapper::start() {
    settings_ = nullptr;
    mounted_.mount = nullptr;
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
            known_size_ = 0;
            mounted_.mount = nullptr;
            if (settings_ != nullptr) {
                look_for_file();
            }
            return std::nullopt;
        case Kind::kInternalRedirect:
            // redirect_internally() has renamed the variables.
            note("rewrite", "internal redirection to " + walk_.uri);
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
        if (const auto* const whole = sections_.redirect_of_location(walk_)) {
            return redirect_whole(*whole);
        }
        for (const auto* const each : {&host, &main}) {
            if (auto answer = redirect(each->redirects)) {
                return answer;
            }
        }
        const bool has_runs = walk_.uri.find("//") != std::string::npos;
        path_ = has_runs ? collapsed(walk_.uri) : std::string();
        const std::string& path = has_runs ? path_ : walk_.uri;
        if (!translate_alias(path)) {
            site_.mounts.find(request_.host, path, mounted_);
            const auto& root = config::document_root_of(site_.config, host);
            if (mounted_.mount != nullptr) {
                walk_.filename.swap(mounted_.filename);
                note("alias", "WSGIScriptAlias to " + walk_.filename, &mounted_.mount->place);
            } else if (!root.empty()) {
                walk_.filename.assign(root, 0, root.find_last_not_of('/') + 1).append(path);
                known_size_ = root.size();
                note("alias", "below DocumentRoot: " + walk_.filename);
            } else {
                note("alias", "nothing is mounted there, and there is no DocumentRoot");
            }
        }
    }
    look_for_file();
    return std::nullopt;
}

bool Mapper::translate_alias(const std::string& path) {
    for (const auto* const host : {walk_.host, &site_.config.hosts.front()}) {
        for (const auto& alias : host->aliases) {
            std::size_t size = 0;
            base::Captures captures;
            if (alias.regex) {
                if (alias.regex->match(path, &captures) != base::Match::kYes) {
                    continue;
                }
                walk_.filename = base::substitute(alias.target, captures);
                known_size_ = 0;
            } else if (matches_prefix(alias.url_path, path, size)) {
                walk_.filename.assign(alias.target).append(path, size);
                known_size_ = alias.target.size();
                found_in_.alias_path = alias.url_path;
                found_in_.alias_target = alias.target;
            } else {
                continue;
            }
            note("alias", "Alias to " + walk_.filename, &alias.place);
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
        std::string target;
        std::size_t size = 0;
        if (redirect.is_whole()) {
            continue;  // its turn was before the aliases, or is after the sections
        }
        if (redirect.regex) {
            base::Captures captures;
            if (redirect.regex->match(walk_.uri, &captures) != base::Match::kYes) {
                continue;
            }
            target = base::substitute(redirect.target, captures);
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
    note("alias", fmt::format("Redirect {} {}", redirect.status, target), &redirect.place);
    if (redirect.target.empty()) {
        return Outcome::page(redirect.status, "Redirect: " + walk_.uri);
    }
    if (!walk_.query.empty() && target.find('?') == std::string::npos) {
        target.append("?").append(walk_.query);
    }
    return Outcome::redirection(redirect.status, std::move(target), "Redirect");
}

void Mapper::look_for_file() {
    auto& file = walk_.filename;
    if (file.empty()) {
        kind_ = FileKind::kMissing;
        return;
    }
    if (mounted_.mount != nullptr && mounted_.is_file) {
        walk_.path_info.assign(file, mounted_.target_size);
        file.resize(mounted_.target_size);
        kind_ = FileKind::kFile;
        return;
    }
    kind_ = find_file(
        file, walk_.path_info, mounted_.mount != nullptr ? mounted_.target_size : known_size_
    );
}

// --- What holds for it

Mapper::Answer Mapper::merge_sections() {
    const bool has_directory =
        !walk_.filename.empty() && !(mounted_.mount != nullptr && mounted_.mount->is_module);
    const auto directory = !has_directory                  ? std::string_view()
                           : kind_ == FileKind::kDirectory ? std::string_view(walk_.filename)
                                                           : directory_of(walk_.filename);
    node_ = &sections_.node(request_.host, directory);
    if (!node_->problem.empty()) {
        settings_ = &node_->settings;  // its ErrorDocument
        return Outcome::page(node_->problem_status, node_->problem);
    }
    auto merged = sections_.merge(*node_, walk_, trace_);
    if (!merged) {
        return Outcome::page(500, merged.error().what);
    }
    settings_ = *merged;
    const auto options = settings_->options.bits();
    const bool looks_at_links =
        node_->looks_at_links_from != SIZE_MAX || (options & config::option::kFollowSymLinks) == 0;
    if (has_directory && looks_at_links) {
        const auto first = std::min(node_->looks_at_links_from, config::depth_of(directory) + 1);
        if (!links_are_permitted(walk_.filename, first, options)) {
            return Outcome::page(403, "Symbolic link not allowed: " + walk_.filename);
        }
    }
    return std::nullopt;
}

Mapper::Answer Mapper::check_access() {
    if (const auto set = set_section_variables(settings_->environment, walk_); !set) {
        return Outcome::page(500, set.error().what);
    }
    const auto verdict = decide(settings_->access, walk_);
    if (!verdict.is_granted()) {
        note("access", verdict.reason(), verdict.place);
        return Outcome::page(verdict.status, verdict.reason());
    }
    return std::nullopt;
}

Mapper::Answer Mapper::fix_up() {
    if (auto answer = rewrite_file(); answer || starts_again_) {
        return answer;
    }
    set_fixed_variables(settings_->environment, walk_);
    const auto whole = std::ranges::find_if(settings_->redirects, &config::Redirect::is_whole);
    if (whole != settings_->redirects.end()) {
        return redirect_whole(*whole);
    }
    if (auto answer = redirect(settings_->redirects)) {
        return answer;
    }
    if (mounted_.mount == nullptr && kind_ == FileKind::kDirectory) {
        return answer_for_directory();
    }
    if (mounted_.mount == nullptr && kind_ == FileKind::kMissing) {
        return answer_for_missing();
    }
    return std::nullopt;
}

// --- Directories and what is missing

Mapper::Answer Mapper::redirect_inside(std::string uri) {
    walk_.uri = std::move(uri);
    starts_again_ = true;
    return std::nullopt;
}

Mapper::Answer Mapper::answer_for_directory() {
    const auto handler = handler_of(*settings_, walk_.filename);
    if (!handler.empty() && handler != kScriptHandler) {
        return std::nullopt;  // a handler script answers for whatever there is
    }
    if (!walk_.uri.ends_with('/')) {
        if (!settings_->directory_slash.value_or(true)) {
            return std::nullopt;
        }
        auto location = encoded(walk_.uri) + "/";
        if (!walk_.query.empty()) {
            location.append("?").append(walk_.query);
        }
        return Outcome::redirection(
            301, std::move(location), "directory without final slash: " + walk_.filename
        );
    }
    static const std::vector<std::string> kUsual = {"index.html"};
    for (const auto& name : settings_->directory_index ? *settings_->directory_index : kUsual) {
        if (name.starts_with('/')) {
            note("handler", "DirectoryIndex " + name);
            return redirect_inside(name);
        }
        // A name may go on behind a file: "index.wsgi/start".
        auto file = walk_.filename + "/" + name;
        std::string rest;
        if (find_file(file, rest, walk_.filename.size()) == FileKind::kFile) {
            note("handler", "DirectoryIndex " + name);
            return redirect_inside(walk_.uri + name);
        }
    }
    return answer_for_missing();
}

// FallbackResource. What its SCRIPT_NAME should be is the directory that the resource lies in: it
// answers for all that is below, as a mount would (Apache would make it the resource itself).
Mapper::Answer Mapper::answer_for_missing() {
    const auto& fallback = settings_->fallback_resource;
    if (!fallback || fallback->empty() || is_fallback_ || *fallback == walk_.uri) {
        return std::nullopt;
    }
    note("handler", "FallbackResource " + *fallback);
    is_fallback_ = true;
    const auto directory = std::string_view(*fallback).substr(0, fallback->rfind('/'));
    if (walk_.uri.starts_with(directory)) {
        script_name_.assign(directory);
        fallback_path_info_.assign(walk_.uri, directory.size());
    }
    return redirect_inside(*fallback);
}

// --- Who answers

Outcome Mapper::handle(Route& out) {
    if (mounted_.mount != nullptr) {
        return run_script(out);
    }
    walk_.handler = walk_.handler.empty() ? handler_of(*settings_, walk_.filename) : walk_.handler;
    if (walk_.filename.empty()) {
        return Outcome::page(404, "no WSGIScriptAlias for " + walk_.uri);
    }
    if (walk_.handler == kScriptHandler) {
        return run_script(out);
    }
    if (!walk_.handler.empty() && walk_.handler != "default-handler") {
        const auto script = std::ranges::find(
            settings_->handler_scripts, walk_.handler, &config::HandlerScript::name
        );
        return script == settings_->handler_scripts.end()
                   ? Outcome::page(
                         500,
                         fmt::format(
                             "no WSGIHandlerScript is called \"{}\", the handler of {}",
                             walk_.handler,
                             walk_.filename
                         )
                     )
                   : run_handler_script(*script, out);
    }
    return send_file();
}

// The order of the specification of mod_wsgi, 3.8.
Outcome Mapper::run_script(Route& out) {
    const auto* const mount = mounted_.mount;
    const auto& file = walk_.filename;
    if (mount == nullptr && (settings_->options.bits() & config::option::kExecCgi) == 0) {
        return Outcome::page(403, "Options ExecCGI is off in this directory.: " + file);
    }
    if (kind_ == FileKind::kMissing) {
        return Outcome::page(404, "Target WSGI script not found or unable to stat: " + file);
    }
    if (kind_ == FileKind::kDirectory) {
        if (mount != nullptr && !walk_.uri.ends_with('/') &&
            settings_->directory_slash.value_or(true)) {
            auto location = encoded(walk_.uri) + "/";
            if (!walk_.query.empty()) {
                location.append("?").append(walk_.query);
            }
            return Outcome::redirection(
                301, std::move(location), "directory without final slash: " + file
            );
        }
        return Outcome::page(403, "Attempt to invoke directory as WSGI application.: " + file);
    }
    if (kind_ != FileKind::kFile) {
        return Outcome::page(403, "neither a file nor a directory that can be searched: " + file);
    }
    if (settings_->accept_path_info == config::AcceptPathInfo::kOff && !walk_.path_info.empty()) {
        return Outcome::page(404, "File does not exist: " + file + walk_.path_info);
    }
    fill(out);
    out.handler.assign(kScriptHandler);
    out.handler_script.clear();
    const auto either = [](const std::optional<std::string>* own,
                           const std::optional<std::string>& other) {
        return own != nullptr && *own ? &**own : &*other;
    };
    GroupChoice choice;
    choice.process_group =
        either(mount == nullptr ? nullptr : &mount->process_group, settings_->process_group);
    choice.application_group = either(
        mount == nullptr ? nullptr : &mount->application_group, settings_->application_group
    );
    const bool has_callable = mount != nullptr && mount->callable;
    choice.callable = has_callable ? &*mount->callable : &*settings_->callable;
    auto outcome = choose_groups(choice, out);
    if (has_callable) {
        out.callable.assign(*mount->callable);  // %{ENV} means nothing there (specification, 3.1)
    }
    outcome.pass_authorization = mount != nullptr && mount->pass_authorization
                                     ? *mount->pass_authorization
                                     : *settings_->pass_authorization;
    return outcome;
}

// WSGIHandlerScript: neither ExecCGI nor a file is needed (specification of mod_wsgi, 1.3.17).
Outcome Mapper::run_handler_script(const config::HandlerScript& script, Route& out) {
    if (settings_->accept_path_info == config::AcceptPathInfo::kOff && !walk_.path_info.empty()) {
        return Outcome::page(404, "File does not exist: " + walk_.filename + walk_.path_info);
    }
    static const std::string kCallable = "handle_request";
    fill(out);
    out.handler.assign(script.name);
    out.handler_script.assign(script.script);
    GroupChoice choice;
    choice.process_group =
        script.process_group ? &*script.process_group : &*settings_->process_group;
    choice.application_group =
        script.application_group ? &*script.application_group : &*settings_->application_group;
    choice.callable = &kCallable;
    auto outcome = choose_groups(choice, out);
    outcome.pass_authorization = script.pass_authorization.value_or(*settings_->pass_authorization);
    return outcome;
}

void Mapper::fill(Route& out) const {
    out.host = request_.host;
    out.script_filename.assign(walk_.filename);
    out.query.reset();
    if (walk_.query != asked_query_) {
        out.query = walk_.query;
    }
    out.method.clear();
    if (walk_.redirect_status != 200 && asked_method_ != "HEAD") {
        out.method.assign(request_.method);
    }
    const auto& path = path_.empty() ? walk_.uri : path_;
    if (is_fallback_ && !fallback_path_info_.empty()) {
        out.script_name.assign(script_name_);
        out.path_info.assign(fallback_path_info_);
    } else {
        out.script_name.assign(without_path_info(path, walk_.path_info));
        out.path_info.assign(walk_.path_info);
    }
    out.environment.clear();
    if (!walk_.environment.is_empty()) {
        out.environment = walk_.environment;
    }
}

Outcome Mapper::choose_groups(const GroupChoice& written, Route& out) {
    auto choice = written;
    choice.restrict_process = settings_->restrict_process ? &*settings_->restrict_process : nullptr;
    if (auto refusal = site_.groups.choose(choice, walk_, out)) {
        return *std::move(refusal);
    }
    if (trace_ != nullptr) {
        note(
            "group",
            fmt::format(
                "process group \"{}\", application group \"{}\", callable {}",
                out.process_group,
                out.application_group,
                out.callable
            )
        );
    }
    return {};
}

Outcome Mapper::send_file() {
    const auto& file = walk_.filename;
    switch (kind_) {
        case FileKind::kFile:
            break;
        case FileKind::kMissing:
            return Outcome::page(404, "File does not exist: " + file);
        case FileKind::kDirectory:
            return Outcome::page(
                403, "no DirectoryIndex is there, and directories are not listed: " + file
            );
        case FileKind::kOther:
            return Outcome::page(403, "not a regular file: " + file);
        case FileKind::kUnreachable:
            return Outcome::page(403, "permission denied on the way to " + file);
    }
    // A name with a slash behind it is no file's.
    if (!walk_.path_info.empty() && settings_->accept_path_info != config::AcceptPathInfo::kOn) {
        return Outcome::page(404, "File does not exist: " + file + walk_.path_info);
    }
    if (is_source(*settings_, file)) {
        return Outcome::page(
            403,
            "source code is not sent; SetHandler wsgi-script would run it, AddType send it: " + file
        );
    }
    const auto method = request_.method;
    if (method != "GET" && method != "HEAD" && method != "POST" && method != "OPTIONS") {
        return Outcome::page(405, "no such method for a static file");
    }
    Outcome outcome;
    outcome.kind = Outcome::Kind::kFile;
    outcome.status = walk_.redirect_status;
    outcome.file = file;
    outcome.content_type =
        walk_.content_type.empty() ? type_of(*settings_, site_.types, file) : walk_.content_type;
    note("handler", "static file " + file);
    return outcome;
}

// --- ErrorDocument

Outcome Mapper::with_document(Outcome page, Route& out) {
    if (settings_ == nullptr) {  // no file was looked for yet, but <Location> may say something
        const auto merged = sections_.merge(sections_.node(request_.host, ""), walk_, nullptr);
        settings_ = merged ? *merged : &sections_.base(request_.host);
    }
    const auto& settings = *settings_;
    const auto found = settings.error_documents.find(page.status);
    if (found == settings.error_documents.end() || walk_.redirect_status != 200) {
        return page;
    }
    const auto& document = found->second;
    using Kind = config::ErrorDocument::Kind;
    if (document.kind == Kind::kText) {
        page.body = value_of(*document.expression, walk_).value_or(document.text);
    } else if (document.kind == Kind::kUrl) {
        page.location = document.text;
        page.status = 302;
    } else if (document.kind == Kind::kLocalPath) {
        note("handler", fmt::format("ErrorDocument {} {}", page.status, document.text));
        const auto question = document.text.find('?');
        walk_.environment.set(
            "REQUEST_METHOD", request_.method
        );  // becomes REDIRECT_REQUEST_METHOD
        walk_.redirect_status = page.status;
        redirect_internally(
            walk_,
            document.text.substr(0, question),
            question == std::string::npos ? std::string() : document.text.substr(question + 1)
        );
        request_.method = "GET";
        is_fallback_ = false;
        auto shown = run(out);
        if (shown.kind != Outcome::Kind::kPage) {
            shown.reason = page.reason;
            return shown;
        }
        page.reason += fmt::format("; and its ErrorDocument {}: {}", document.text, shown.reason);
    }
    return page;
}

}  // namespace site
