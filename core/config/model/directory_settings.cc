#include "core/config/model/directory_settings.h"

#include <algorithm>

namespace config {
namespace {

template <class T>
void take(std::optional<T>& outer, const std::optional<T>& inner) {
    if (inner) {
        outer = inner;
    }
}

void take(std::vector<ExtensionRule>& outer, const std::vector<ExtensionRule>& inner) {
    for (const auto& rule : inner) {
        std::erase_if(outer, [&](const auto& old) { return old.extension == rule.extension; });
        outer.push_back(rule);
    }
}

}  // namespace

void Options::overlay(const Options& inner) {
    if (inner.absolute) {
        *this = inner;
        return;
    }
    added = static_cast<option::Bits>((added & ~inner.removed) | inner.added);
    removed = static_cast<option::Bits>((removed & ~inner.added) | inner.removed);
}

option::Bits Options::bits() const {
    return static_cast<option::Bits>((absolute.value_or(option::kDefault) & ~removed) | added);
}

void DirectorySettings::overlay(const DirectorySettings& inner) {
    if (inner.process_group) {
        process_group_place = inner.process_group_place;
    }
    take(process_group, inner.process_group);
    take(application_group, inner.application_group);
    take(callable, inner.callable);
    take(pass_authorization, inner.pass_authorization);
    take(script_reloading, inner.script_reloading);
    take(restrict_process, inner.restrict_process);
    take(dispatch_script, inner.dispatch_script);
    for (const auto& script : inner.handler_scripts) {
        std::erase_if(handler_scripts, [&](const auto& old) { return old.name == script.name; });
        handler_scripts.push_back(script);
    }
    options.overlay(inner.options);
    take(allow_override, inner.allow_override);
    take(allow_override_list, inner.allow_override_list);
    take(accept_path_info, inner.accept_path_info);
    if (inner.handler) {
        handler_place = inner.handler_place;
    }
    take(handler, inner.handler);
    take(handlers, inner.handlers);
    if (inner.force_type) {
        force_type_place = inner.force_type_place;
    }
    take(force_type, inner.force_type);
    take(types, inner.types);
    take(directory_index, inner.directory_index);
    take(directory_slash, inner.directory_slash);
    take(fallback_resource, inner.fallback_resource);
    for (const auto& [status, document] : inner.error_documents) {
        error_documents.insert_or_assign(status, document);
    }
    // One for the whole of an inner section beats what the outer one says.
    redirects.insert(redirects.begin(), inner.redirects.begin(), inner.redirects.end());
    environment.overlay(inner.environment);
    rewriting.overlay(inner.rewriting);
    access.overlay(inner.access);
}

}  // namespace config
