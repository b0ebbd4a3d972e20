// WSGIScriptAlias: every option of it, one row each.
#include <fmt/format.h>

#include <algorithm>

#include "core/config/binding.h"
#include "core/config/tokenizer.h"
#include "core/config/wsgi_values.h"

namespace config {
namespace {

constexpr Option kOptions[] = {
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
static_assert(std::ranges::is_sorted(kOptions, {}, &Option::name), "keep the rows in order");

base::Result<Mount> read_mount(Scope& scope, Words words) {
    if (!words[0].starts_with('/')) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format("\"{}\": expected a URL path that starts with \"/\"", words[0])
        );
    }
    auto target = read_path(scope, words[1]);
    if (!target) {
        return base::fail(
            base::Fault::kConfig, fmt::format("\"{}\": {}", words[1], target.error().what)
        );
    }
    Mount mount;
    mount.url_path = words[0];
    mount.target = *std::move(target);
    mount.place = scope.place;
    scope.mount = &mount;
    base::Result<> applied;
    for (const auto& word : words.subspan(2)) {
        auto option =
            apply_option(scope, word, kOptions, "Invalid option to WSGI script alias definition");
        if (!option && applied) {
            applied = std::move(option);
        }
    }
    scope.mount = nullptr;
    TRY(applied);
    return mount;
}

}  // namespace

std::span<const Option> alias_options() { return kOptions; }

base::Result<> apply_script_alias(Scope& scope, Words words) {
    auto mount = TRY(read_mount(scope, words));
    mount.index = static_cast<std::uint32_t>(scope.config.mounts.size());
    scope.config.hosts.at(scope.host).mounts.push_back(mount.index);
    scope.config.mounts.push_back(std::move(mount));
    return {};
}

std::vector<std::string> show_script_alias(const View& view) {
    const Mount plain;
    std::vector<std::string> lines;
    for (const auto index : view.host.mounts) {
        const auto& mount = view.config.mounts.at(index);
        const View own{view.config, view.host, nullptr, &mount};
        const View defaults{view.config, view.host, nullptr, &plain};
        lines.push_back(fmt::format(
            "{} {}{}",
            in_quotes(mount.url_path),
            in_quotes(mount.target),
            show_options(own, defaults, kOptions)
        ));
    }
    return lines;
}

}  // namespace config
