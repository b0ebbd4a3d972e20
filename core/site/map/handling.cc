#include "core/site/map/handling.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/directives/foreign_handlers.h"
#include "core/site/map/directories.h"
#include "core/site/map/handlers.h"

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

// What Apache would have run, or answered itself: nobody does so here, and its source is not sent.
Outcome refuse_source(const Mapping& mapping) {
    if (mapping.file.kind == FileKind::kMissing) {
        return Outcome::page(404, "File does not exist: " + mapping.walk.filename);
    }
    const auto& type = mapping.walk.content_type;
    return Outcome::page(
        403,
        fmt::format(
            "nobody here runs what is {}, and its source is not sent: {}",
            mapping.walk.handler.empty() ? type : mapping.walk.handler,
            mapping.walk.filename
        )
    );
}

// In mod_wsgi's order, which decides what a client is told when several things are wrong.
Answer refuse_script(const Mapping& mapping) {
    const auto* const mount = mapping.mounted.mount;
    const auto& file = mapping.walk.filename;
    if (mount == nullptr && (mapping.settings->options.bits() & config::option::kExecCgi) == 0) {
        return Outcome::page(403, "Options ExecCGI is off in this directory.: " + file);
    }
    if (mapping.file.kind == FileKind::kMissing) {
        auto page = Outcome::page(404, "Target WSGI script not found or unable to stat: " + file);
        page.is_operators = true;
        return page;
    }
    if (mapping.file.kind == FileKind::kDirectory) {
        if (mount != nullptr && !mapping.walk.uri.ends_with('/') &&
            mapping.settings->directory_slash.value_or(true)) {
            return redirect_to_slash(mapping);
        }
        return Outcome::page(403, "Attempt to invoke directory as WSGI application.: " + file);
    }
    if (mapping.file.kind != FileKind::kFile) {
        return Outcome::page(403, "neither a file nor a directory that can be searched: " + file);
    }
    if (mapping.settings->accept_path_info == config::AcceptPathInfo::kOff &&
        !mapping.walk.path_info.empty()) {
        return Outcome::page(404, "File does not exist: " + file + mapping.walk.path_info);
    }
    return std::nullopt;
}

void fill_route(const Mapping& mapping, request::Route& out) {
    out.host = mapping.request.host;
    out.script_filename.assign(mapping.walk.filename);
    out.reloads = mapping.settings->script_reloading.value_or(true);
    out.query.reset();
    if (mapping.walk.query != mapping.asked.query) {
        out.query = mapping.walk.query;
    }
    out.method.clear();
    if (mapping.walk.redirect_status != 200 && mapping.asked.method != "HEAD") {
        out.method.assign(mapping.request.method);
    }
    const auto& path = mapping.collapsed_path.empty() ? mapping.walk.uri : mapping.collapsed_path;
    if (mapping.fallback.is_taken && !mapping.fallback.path_info.empty()) {
        out.script_name.assign(mapping.fallback.script_name);
        out.path_info.assign(mapping.fallback.path_info);
    } else {
        out.script_name.assign(without_path_info(path, mapping.walk.path_info));
        out.path_info.assign(mapping.walk.path_info);
    }
    out.environment.clear();
    if (!mapping.walk.environment.is_empty()) {
        out.environment = mapping.walk.environment;
    }
}

// As far as it is the same for all scripts that the settings are about.
GroupChoice choice_within(const config::DirectorySettings& settings) {
    GroupChoice choice;
    choice.restrict_process = settings.restrict_process ? &*settings.restrict_process : nullptr;
    choice.dispatch_script = settings.dispatch_script ? &*settings.dispatch_script : nullptr;
    return choice;
}

}  // namespace

GroupChoice choice_of(const Mapping& mapping) {
    const auto* const mount = mapping.mounted.mount;
    const auto& settings = *mapping.settings;
    const auto either = [&](std::optional<std::string> config::Mount::*own,
                            const std::optional<std::string>& other) {
        return mount != nullptr && mount->*own ? &*(mount->*own) : &*other;
    };
    GroupChoice choice = choice_within(settings);
    choice.process_group = either(&config::Mount::process_group, settings.process_group);
    choice.application_group =
        either(&config::Mount::application_group, settings.application_group);
    choice.callable = either(&config::Mount::callable, settings.callable);
    return choice;
}

Outcome Handling::handle(Mapping& mapping, request::Route& out) const {
    if (mapping.request.failure != 0 && mapping.walk.redirect_status == 200) {
        return Outcome::page(mapping.request.failure, "");
    }
    if (mapping.mounted.mount != nullptr) {
        auto refusal = refuse_script(mapping);
        return refusal ? *std::move(refusal) : run_script(mapping, out);
    }
    mapping.walk.handler = mapping.walk.handler.empty()
                               ? handler_of(*mapping.settings, mapping.walk.filename)
                               : mapping.walk.handler;
    if (mapping.walk.filename.empty()) {
        return Outcome::page(404, "no WSGIScriptAlias for " + mapping.walk.uri);
    }
    if (mapping.walk.handler == kScriptHandler) {
        auto refusal = refuse_script(mapping);
        return refusal ? *std::move(refusal) : run_script(mapping, out);
    }
    if (!mapping.walk.handler.empty() && mapping.walk.handler != "default-handler") {
        const auto script = std::ranges::find(
            mapping.settings->handler_scripts, mapping.walk.handler, &config::HandlerScript::name
        );
        if (script == mapping.settings->handler_scripts.end() &&
            config::is_run_elsewhere(mapping.walk.handler)) {
            return refuse_source(mapping);
        }
        return script == mapping.settings->handler_scripts.end()
                   ? Outcome::page(
                         500,
                         fmt::format(
                             "no WSGIHandlerScript is called \"{}\", the handler of {}",
                             mapping.walk.handler,
                             mapping.walk.filename
                         )
                     )
                   : run_handler_script(*script, mapping, out);
    }
    return send_file(mapping);
}

Outcome Handling::run_script(const Mapping& mapping, request::Route& out) const {
    const auto* const mount = mapping.mounted.mount;
    if (mapping.trace != nullptr) {
        mapping.note("handler", mount != nullptr ? "wsgi-script, as it is mounted" : "wsgi-script");
    }
    fill_route(mapping, out);
    out.handler.assign(kScriptHandler);
    out.handler_script.clear();
    out.links = mount != nullptr && mount->is_module ? base::LinkRule{} : mapping.file.links;
    Outcome outcome;
    outcome.status = mapping.walk.redirect_status;
    if (auto refusal = choose_groups(choice_of(mapping), mapping, out, outcome.dispatch)) {
        outcome = *std::move(refusal);
    }
    if (mount != nullptr && mount->callable) {
        out.callable.assign(*mount->callable);  // %{ENV} means nothing there
    }
    outcome.pass_authorization = mount != nullptr && mount->pass_authorization
                                     ? *mount->pass_authorization
                                     : *mapping.settings->pass_authorization;
    return outcome;
}

// WSGIHandlerScript: neither ExecCGI nor a file is needed, as with mod_wsgi.
Outcome Handling::run_handler_script(
    const config::HandlerScript& script, const Mapping& mapping, request::Route& out
) const {
    if (mapping.settings->accept_path_info == config::AcceptPathInfo::kOff &&
        !mapping.walk.path_info.empty()) {
        return Outcome::page(
            404, "File does not exist: " + mapping.walk.filename + mapping.walk.path_info
        );
    }
    static const std::string kCallable = "handle_request";
    if (mapping.trace != nullptr) {
        mapping.note(
            "handler", "WSGIHandlerScript " + script.name + " ", script.script, &script.place
        );
    }
    fill_route(mapping, out);
    out.handler.assign(script.name);
    out.handler_script.assign(script.script);
    out.links = {};  // the configuration names the file, no request does
    GroupChoice choice = choice_within(*mapping.settings);
    choice.process_group =
        script.process_group ? &*script.process_group : &*mapping.settings->process_group;
    choice.application_group = script.application_group ? &*script.application_group
                                                        : &*mapping.settings->application_group;
    choice.callable = &kCallable;
    Outcome outcome;
    outcome.status = mapping.walk.redirect_status;
    if (auto refusal = choose_groups(choice, mapping, out, outcome.dispatch)) {
        outcome = *std::move(refusal);
    }
    outcome.pass_authorization =
        script.pass_authorization.value_or(*mapping.settings->pass_authorization);
    return outcome;
}

Answer Handling::choose_groups(
    const GroupChoice& choice,
    const Mapping& mapping,
    request::Route& out,
    std::optional<request::Dispatch>& dispatch
) const {
    if (auto refusal = site_.groups.choose(choice, mapping.walk, out, dispatch)) {
        return refusal;
    }
    if (mapping.trace != nullptr) {
        mapping.note(
            "group",
            fmt::format(
                "process group \"{}\", application group \"{}\", callable {}",
                out.process_group,
                out.application_group,
                out.callable
            )
        );
        if (dispatch) {
            mapping.note(
                "group",
                "unless WSGIDispatchScript " + dispatch->script + " says otherwise",
                {},
                &choice.dispatch_script->place
            );
        }
    }
    return std::nullopt;
}

Outcome Handling::send_file(Mapping& mapping) const {
    const auto& file = mapping.walk.filename;
    switch (mapping.file.kind) {
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
            return Outcome::page(
                403, "permission denied on the way to it, or links that go in a circle: " + file
            );
    }
    // A name with a slash behind it is no file's.
    if (!mapping.walk.path_info.empty() &&
        mapping.settings->accept_path_info != config::AcceptPathInfo::kOn) {
        return Outcome::page(404, "File does not exist: " + file + mapping.walk.path_info);
    }
    if (mapping.walk.content_type.empty()) {
        mapping.walk.content_type = type_of(*mapping.settings, site_.types, file);
    }
    // A media type is a handler where nothing else is, as in Apache.
    if (mapping.walk.handler.empty() && config::is_run_elsewhere(mapping.walk.content_type)) {
        return refuse_source(mapping);
    }
    if (is_source(*mapping.settings, file)) {
        return Outcome::page(
            403,
            "source code is not sent; SetHandler wsgi-script would run it, AddType send it: " + file
        );
    }
    const auto method = mapping.request.method;
    if (method != "GET" && method != "HEAD" && method != "POST" && method != "OPTIONS") {
        auto refusal = Outcome::page(405, "no such method for a static file");
        refusal.allow = kStaticMethods;
        return refusal;
    }
    Outcome outcome;
    outcome.kind = Outcome::Kind::kFile;
    outcome.status = mapping.walk.redirect_status;
    outcome.file = file;
    outcome.links = mapping.file.links;
    outcome.content_type = mapping.walk.content_type;
    mapping.note("handler", "static file ", file);
    return outcome;
}

}  // namespace site
