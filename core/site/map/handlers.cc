#include "core/site/map/handlers.h"

#include <algorithm>
#include <array>

#include "core/base/text/text.h"
#include "core/config/directives/foreign_handlers.h"

namespace site {
namespace {

// Calls `take` with each extension of a file's name, the last one first, until it returns true.
template <class Take>
bool for_each_extension(std::string_view filename, Take take) {
    auto name = filename.substr(filename.rfind('/') + 1);
    for (;;) {
        const auto dot = name.rfind('.');
        if (dot == std::string_view::npos || dot == 0) {
            return false;
        }
        if (take(name.substr(dot + 1))) {
            return true;
        }
        name = name.substr(0, dot);
    }
}

const std::string* rule_for(
    const std::vector<config::ExtensionRule>& rules, std::string_view extension
) {
    const auto found = std::ranges::find_if(rules, [&](const auto& rule) {
        return base::equal_case_blind(rule.extension, extension);
    });
    return found == rules.end() || found->value.empty() ? nullptr : &found->value;
}

bool is_script_type(std::string_view type) { return type == "application/x-httpd-wsgi"; }

}  // namespace

std::string handler_of(const config::DirectorySettings& settings, std::string_view filename) {
    std::string handler;
    if (settings.handler && !settings.handler->empty()) {
        handler = *settings.handler;
    } else {
        for_each_extension(filename, [&](std::string_view extension) {
            const auto* const by_name = rule_for(settings.handlers, extension);
            const auto* const by_type = rule_for(settings.types, extension);
            if (by_name != nullptr) {
                handler = *by_name;
            } else if (by_type != nullptr && is_script_type(*by_type)) {
                handler = kScriptHandler;
            }
            return !handler.empty();
        });
        if (handler.empty() && settings.force_type && is_script_type(*settings.force_type)) {
            handler = kScriptHandler;
        }
    }
    return is_script_type(handler) ? std::string(kScriptHandler) : handler;
}

std::string type_of(
    const config::DirectorySettings& settings, const MimeTypes& types, std::string_view filename
) {
    if (settings.force_type && !settings.force_type->empty()) {
        return *settings.force_type;
    }
    std::string type;
    for_each_extension(filename, [&](std::string_view extension) {
        if (const auto* const added = rule_for(settings.types, extension)) {
            type = *added;
        } else {
            type = types.type_of_extension(extension);
        }
        return !type.empty();
    });
    return type;
}

bool is_source(const config::DirectorySettings& settings, std::string_view filename) {
    constexpr std::array<std::string_view, 8> kSources = {
        "py", "pyc", "pyo", "pyw", "wsgi", "php", "phtml", "phar"};
    constexpr std::array<std::string_view, 3> kPrograms = {"cgi", "fcgi", "fpl"};
    const bool runs_programs = (settings.options.bits() & config::option::kExecCgi) != 0;
    const auto name = filename.substr(filename.rfind('/') + 1);
    if (name.starts_with(".ht")) {
        return true;
    }
    if (settings.force_type && !settings.force_type->empty()) {
        return false;
    }
    // Its own type means that it may be sent, unless that type would have it run.
    const auto is_sent = [&settings](std::string_view extension) {
        const auto* const type = rule_for(settings.types, extension);
        return type != nullptr && !config::is_run_elsewhere(*type);
    };
    return for_each_extension(name, [&](std::string_view extension) {
        const auto is_it = [&](auto source) { return base::equal_case_blind(source, extension); };
        return (std::ranges::any_of(kSources, is_it) ||
                (runs_programs && std::ranges::any_of(kPrograms, is_it))) &&
               !is_sent(extension);
    });
}

}  // namespace site
