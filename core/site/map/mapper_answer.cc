// Who answers: directories, what is missing, scripts, files, and documents for errors.
#include "core/site/map/mapper.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/directives/handlers.h"
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

}  // namespace

Mapper::Answer Mapper::redirect_inside(std::string uri) {
    walk_.uri = std::move(uri);
    starts_again_ = true;
    return std::nullopt;
}

Outcome Mapper::redirect_to_slash() const {
    auto location = encoded(walk_.uri) + "/";
    if (!walk_.query.empty()) {
        location.append("?").append(walk_.query);
    }
    return Outcome::redirection(
        301, std::move(location), "directory without final slash: " + walk_.filename
    );
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
        return redirect_to_slash();
    }
    static const std::vector<std::string> kUsual = {"index.html"};
    for (const auto& name : settings_->directory_index ? *settings_->directory_index : kUsual) {
        if (name.starts_with('/')) {
            note("handler", "DirectoryIndex ", name);
            return redirect_inside(name);
        }
        // A name may go on behind a file: "index.wsgi/start".
        auto file = walk_.filename + "/" + name;
        std::string rest;
        if (find_file(file, rest, walk_.filename.size()) == FileKind::kFile) {
            note("handler", "DirectoryIndex ", name);
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
    note("handler", "FallbackResource ", *fallback);
    is_fallback_ = true;
    const auto directory = std::string_view(*fallback).substr(0, fallback->rfind('/'));
    fallback_path_info_.clear();  // a resource that does not lie above has its own
    if (walk_.uri.starts_with(directory) && walk_.uri[directory.size()] == '/') {
        script_name_.assign(directory);
        fallback_path_info_.assign(walk_.uri, directory.size());
    }
    return redirect_inside(*fallback);
}

// --- Who answers

Outcome Mapper::handle(request::Route& out) {
    if (request_.failure != 0 && walk_.redirect_status == 200) {
        return Outcome::page(request_.failure, "");
    }
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
        if (script == settings_->handler_scripts.end() && config::is_run_elsewhere(walk_.handler)) {
            return refuse_source();
        }
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

// What Apache would have run, or answered itself: nobody does so here, and its source is not sent.
Outcome Mapper::refuse_source() const {
    if (kind_ == FileKind::kMissing) {
        return Outcome::page(404, "File does not exist: " + walk_.filename);
    }
    const auto& type = walk_.content_type;
    return Outcome::page(
        403,
        fmt::format(
            "nobody here runs what is {}, and its source is not sent: {}",
            walk_.handler.empty() ? type : walk_.handler,
            walk_.filename
        )
    );
}

// In mod_wsgi's order, which decides what a client is told when several things are wrong.
Outcome Mapper::run_script(request::Route& out) {
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
            return redirect_to_slash();
        }
        return Outcome::page(403, "Attempt to invoke directory as WSGI application.: " + file);
    }
    if (kind_ != FileKind::kFile) {
        return Outcome::page(403, "neither a file nor a directory that can be searched: " + file);
    }
    if (settings_->accept_path_info == config::AcceptPathInfo::kOff && !walk_.path_info.empty()) {
        return Outcome::page(404, "File does not exist: " + file + walk_.path_info);
    }
    if (trace_ != nullptr) {
        note("handler", mount != nullptr ? "wsgi-script, as it is mounted" : "wsgi-script");
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
        out.callable.assign(*mount->callable);  // %{ENV} means nothing there
    }
    outcome.pass_authorization = mount != nullptr && mount->pass_authorization
                                     ? *mount->pass_authorization
                                     : *settings_->pass_authorization;
    return outcome;
}

// WSGIHandlerScript: neither ExecCGI nor a file is needed, as with mod_wsgi.
Outcome Mapper::run_handler_script(const config::HandlerScript& script, request::Route& out) {
    if (settings_->accept_path_info == config::AcceptPathInfo::kOff && !walk_.path_info.empty()) {
        return Outcome::page(404, "File does not exist: " + walk_.filename + walk_.path_info);
    }
    static const std::string kCallable = "handle_request";
    if (trace_ != nullptr) {
        note("handler", "WSGIHandlerScript " + script.name + " ", script.script, &script.place);
    }
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

void Mapper::fill(request::Route& out) const {
    out.host = request_.host;
    out.script_filename.assign(walk_.filename);
    out.reloads = settings_->script_reloading.value_or(true);
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

Outcome Mapper::choose_groups(const GroupChoice& written, request::Route& out) {
    auto choice = written;
    choice.restrict_process = settings_->restrict_process ? &*settings_->restrict_process : nullptr;
    choice.dispatch_script = settings_->dispatch_script ? &*settings_->dispatch_script : nullptr;
    auto outcome = site_.groups.choose(choice, walk_, out);
    if (!outcome.is_script()) {
        return outcome;
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
        if (outcome.dispatch) {
            note(
                "group",
                "unless WSGIDispatchScript " + outcome.dispatch->script + " says otherwise",
                {},
                &choice.dispatch_script->place
            );
        }
    }
    return outcome;
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
    if (walk_.content_type.empty()) {
        walk_.content_type = type_of(*settings_, site_.types, file);
    }
    // A media type is a handler where nothing else is, as in Apache.
    if (walk_.handler.empty() && config::is_run_elsewhere(walk_.content_type)) {
        return refuse_source();
    }
    if (is_source(*settings_, file)) {
        return Outcome::page(
            403,
            "source code is not sent; SetHandler wsgi-script would run it, AddType send it: " + file
        );
    }
    const auto method = request_.method;
    if (method != "GET" && method != "HEAD" && method != "POST" && method != "OPTIONS") {
        auto refusal = Outcome::page(405, "no such method for a static file");
        refusal.allow = kStaticMethods;
        return refusal;
    }
    Outcome outcome;
    outcome.kind = Outcome::Kind::kFile;
    outcome.status = walk_.redirect_status;
    outcome.file = file;
    outcome.links = links_;
    outcome.content_type = walk_.content_type;
    note("handler", "static file ", file);
    return outcome;
}

// --- ErrorDocument

Outcome Mapper::with_document(Outcome page, request::Route& out) {
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
        if (!page.allow.empty()) {
            headers_.emplace_back("Allow", page.allow);  // 405 must have one (RFC 9110 15.5.6)
        }
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
