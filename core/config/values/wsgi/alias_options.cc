// WSGIScriptAlias: every option of it, one row each.
#include <fmt/format.h>

#include <algorithm>

#include "core/config/language/line_tokenizer.h"
#include "core/config/model/refuse.h"
#include "core/config/values/binding.h"
#include "core/config/values/wsgi/wsgi_values.h"

namespace config {
namespace {

constexpr Option kAliasOptions[] = {
    {
        .name = "application-group",
        .value = text<&Mount::application_group, read_group_name>,
        .complaint = "Invalid name for WSGI application group",
        .help = "The sub-interpreter; WSGIApplicationGroup when left out.",
    },
    {
        .name = "callable-object",
        .value = text<&Mount::callable, read_callable>,
        .complaint = "Invalid name for WSGI callable object",
        .help = "The script's global to call; WSGICallableObject when left out.",
    },
    {
        .name = "pass-authorization",
        .value = on_off<&Mount::pass_authorization>,
        .complaint = "Invalid value for authorization flag",
        .help = "Whether `HTTP_AUTHORIZATION` is passed, On or Off; WSGIPassAuthorization when "
                "left out.",
    },
    {
        .name = "process-group",
        .value = text<&Mount::process_group, read_group_name>,
        .complaint = "Invalid name for WSGI process group",
        .help =
            "The daemon group, or `%{GLOBAL}` for embedded mode; WSGIProcessGroup when left out.",
    },
};
static_assert(std::ranges::is_sorted(kAliasOptions, {}, &Option::name), "keep the rows in order");

// What a script that is asked before the groups are chosen may be told.
constexpr std::span kDispatchOptions(kAliasOptions, 1);
static_assert(kDispatchOptions.front().name == "application-group");

// What a script that no request has asked for must be told.
constexpr Option kImportOptions[] = {kAliasOptions[0], kAliasOptions[3]};
static_assert(kImportOptions[1].name == "process-group");

base::Result<> read_options(
    Scope& scope,
    Words words,
    Mount& mount,
    std::string_view invalid,
    std::span<const Option> options = kAliasOptions
) {
    scope.mount = &mount;
    base::Result<> applied;
    for (const auto& word : words) {
        auto option = apply_option(scope, word, options, invalid);
        if (!option && applied) {
            applied = std::move(option);
        }
    }
    scope.mount = nullptr;
    return applied;
}

base::Result<std::string> read_script_path(const Scope& scope, const std::string& word) {
    auto path = read_path(scope, word);
    if (!path) {
        return refuse(fmt::format("\"{}\": {}", word, path.error().what));
    }
    return path;
}

// A script that is no mount, and what its options say.
struct ScriptLine {
    std::string script;
    Mount options;
};

base::Result<ScriptLine> read_script_line(
    Scope& scope,
    const std::string& script,
    Words options,
    std::string_view invalid,
    std::span<const Option> known = kAliasOptions
) {
    ScriptLine line;
    line.script = TRY(read_script_path(scope, script));
    TRY(read_options(scope, options, line.options, invalid, known));
    return line;
}

base::Result<Mount> read_mount(Scope& scope, Words words, bool is_match) {
    Mount mount;
    if (is_match) {
        auto regex = base::Regex::compile(words[0]);
        if (!regex) {
            return base::fail(
                base::Fault::kConfig, fmt::format("\"{}\": {}", words[0], regex.error().what)
            );
        }
        mount.regex = *std::move(regex);
    } else if (!words[0].starts_with('/')) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("\"{}\": expected a URL path that starts with \"/\"", words[0])
        );
    } else {
        mount.url_path = words[0];
    }
    mount.target = TRY(read_script_path(scope, words[1]));
    mount.place = scope.place;
    TRY(read_options(
        scope, words.subspan(2), mount, "Invalid option to WSGI script alias definition"
    ));
    return mount;
}

base::Result<> add_mount(Scope& scope, Words words, bool is_match) {
    auto mount = TRY(read_mount(scope, words, is_match));
    mount.index = static_cast<std::uint32_t>(scope.config.mounts.size());
    scope.config.hosts.at(scope.host).mounts.push_back(mount.index);
    scope.config.mounts.push_back(std::move(mount));
    return {};
}

std::vector<std::string> show_mounts(const View& view, bool is_match) {
    const Mount plain;
    std::vector<std::string> lines;
    for (const auto index : view.host.mounts) {
        const auto& mount = view.config.mounts.at(index);
        if (mount.regex.has_value() != is_match) {
            continue;
        }
        const View own{view.config, view.host, nullptr, &mount};
        const View defaults{view.config, view.host, nullptr, &plain};
        lines.push_back(fmt::format(
            "{} {}{}",
            in_quotes(is_match ? mount.regex->pattern() : mount.url_path),
            in_quotes(mount.target),
            show_options(own, defaults, kAliasOptions)
        ));
    }
    return lines;
}

}  // namespace

std::span<const Option> alias_options() { return kAliasOptions; }

base::Result<> apply_script_alias(Scope& scope, Words words) {
    return add_mount(scope, words, false);
}
std::vector<std::string> show_script_alias(const View& view) { return show_mounts(view, false); }

base::Result<> apply_script_alias_match(Scope& scope, Words words) {
    return add_mount(scope, words, true);
}
std::vector<std::string> show_script_alias_match(const View& view) {
    return show_mounts(view, true);
}

base::Result<> apply_handler_script(Scope& scope, Words words) {
    auto [path, options] = TRY(read_script_line(
        scope, words[1], words.subspan(2), "Invalid option to WSGI handler script definition"
    ));
    if (options.callable) {
        return base::fail(
            base::Fault::kConfig,
            "callable-object=: the callable of a handler script is always handle_request"
        );
    }
    HandlerScript script;
    script.name = words[0];
    script.script = std::move(path);
    script.process_group = options.process_group;
    script.application_group = options.application_group;
    script.pass_authorization = options.pass_authorization;
    script.place = scope.place;
    auto& scripts = settings_of(scope).handler_scripts;
    std::erase_if(scripts, [&](const auto& old) { return old.name == script.name; });
    scripts.push_back(std::move(script));
    return {};
}

std::vector<std::string> show_handler_script(const View& view) {
    std::vector<std::string> lines;
    if (view.settings == nullptr) {
        return lines;
    }
    const Mount plain;
    for (const auto& script : view.settings->handler_scripts) {
        Mount options;
        options.process_group = script.process_group;
        options.application_group = script.application_group;
        options.pass_authorization = script.pass_authorization;
        const View own{view.config, view.host, nullptr, &options};
        const View defaults{view.config, view.host, nullptr, &plain};
        lines.push_back(fmt::format(
            "{} {}{}",
            in_quotes(script.name),
            in_quotes(script.script),
            show_options(own, defaults, kAliasOptions)
        ));
    }
    return lines;
}

base::Result<> apply_dispatch_script(Scope& scope, Words words) {
    DispatchScript script;
    auto [path, options] = TRY(read_script_line(
        scope,
        words[0],
        words.subspan(1),
        "Invalid option to WSGI dispatch script definition",
        kDispatchOptions
    ));
    script.script = std::move(path);
    script.application_group = options.application_group.value_or(kGlobalGroup);
    if (script.application_group == "%{RESOURCE}" ||
        script.application_group.starts_with("%{ENV:")) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "application-group={}: this script is asked before there is such a group; write a "
                "name, %{{GLOBAL}}, %{{SERVER}} or %{{HOST}}",
                script.application_group
            )
        );
    }
    script.place = scope.place;
    settings_of(scope).dispatch_script = std::move(script);
    return {};
}

std::vector<std::string> show_dispatch_script(const View& view) {
    if (view.settings == nullptr || !view.settings->dispatch_script) {
        return {};
    }
    const auto& script = *view.settings->dispatch_script;
    return {fmt::format(
        "{}{}",
        in_quotes(script.script),
        script.application_group == kGlobalGroup
            ? std::string()
            : " application-group=" + in_quotes(script.application_group)
    )};
}

base::Result<> apply_import_script(Scope& scope, Words words) {
    ImportScript script;
    auto [path, options] = TRY(read_script_line(
        scope,
        words[0],
        words.subspan(1),
        "Invalid option to WSGI import script definition",
        kImportOptions
    ));
    script.script = std::move(path);
    for (const auto& [name, given] :
         {std::pair("application", &options.application_group),
          std::pair("process", &options.process_group)}) {
        if (!*given) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format("Name of WSGI {0} group required.; write {0}-group=NAME", name)
            );
        }
        if ((*given)->starts_with("%{") && **given != kGlobalGroup) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format(
                    "{}-group={}: there is no request yet; write a name or %{{GLOBAL}}",
                    name,
                    **given
                )
            );
        }
    }
    script.process_group = *std::move(options.process_group);
    script.application_group = *std::move(options.application_group);
    script.host = scope.host;
    script.mounts_before = static_cast<std::uint32_t>(scope.config.mounts.size());
    script.place = scope.place;
    scope.config.import_scripts.push_back(std::move(script));
    return {};
}

std::vector<std::string> show_import_script(const View& view) {
    std::vector<std::string> lines;
    for (const auto& script : view.config.import_scripts) {
        if (script.host == view.host.index) {
            lines.push_back(fmt::format(
                "{} process-group={} application-group={}",
                in_quotes(script.script),
                in_quotes(script.process_group),
                in_quotes(script.application_group)
            ));
        }
    }
    return lines;
}

}  // namespace config
