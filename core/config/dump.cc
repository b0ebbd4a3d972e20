#include "core/config/dump.h"

#include <fmt/format.h>

#include "core/config/directive.h"
#include "core/config/tokenizer.h"

namespace config {
namespace {

// The arguments of a directive as they stand in a file. Directives of one word leave the quotes to
// us.
std::vector<std::string> shown(const Directive& directive, const View& view) {
    auto lines = directive.value.show(view);
    if (directive.value.words_max == 1) {
        for (auto& line : lines) {
            line = in_quotes(line);
        }
    }
    return lines;
}

void dump_host(
    const Config& config, const VirtualHost& host, std::string_view indent, std::string& out
) {
    Config plain;
    plain.hosts.emplace_back();
    const Where here = host.index == 0 ? kServer : kVirtualHost;
    for (const auto& directive : directives()) {
        if ((directive.where & here) == 0) {
            continue;
        }
        const auto lines = shown(directive, View{config, host});
        if (lines != shown(directive, View{plain, plain.hosts.front()})) {
            for (const auto& line : lines) {
                out += fmt::format("{}{} {}\n", indent, directive.name, line);
            }
        }
    }
}

// A configuration in which everything has its default.
Config default_config() {
    Config config;
    auto& host = config.hosts.emplace_back();
    host.settings = default_settings();
    config.daemon_groups.emplace_back().host = 1;  // of no host, so that it is nobody's line
    config.mounts.emplace_back();
    return config;
}

std::string options_markdown(std::span<const Option> options, const View& defaults) {
    std::string out = "\n| option | default | meaning |\n|---|---|---|\n";
    for (const auto& option : options) {
        const auto lines = option.value.show(defaults);
        out += fmt::format(
            "| `{}=` | {} | {} |\n",
            option.name,
            lines.empty() ? "" : fmt::format("`{}`", lines.front()),
            option.help
        );
    }
    return out;
}

std::string directive_markdown(const Directive& directive, const View& defaults) {
    const auto lines = directive.value.show(defaults);
    const bool is_everywhere = directive.where == (kServer | kVirtualHost);
    return fmt::format(
        "\n## {0}\n\n`{0} {1}` – {2}\n\n- Where: {3}\n- Default: {4}\n\n```apache\n{5}\n```\n",
        directive.name,
        directive.arguments,
        directive.help,
        is_everywhere ? "server, virtual host" : "server",
        lines.empty() ? "none" : fmt::format("`{}`", lines.front()),
        directive.example
    );
}

constexpr std::string_view kIntroduction = R"(# Directives

Written by `hoopsnake --list-directives` from the tables in `directives.cc`, `daemon_options.cc`
and `alias_options.cc`; a test compares. Names of directives are case-blind. Words are separated
by blanks and may stand in `'` or `"`, where a backslash escapes the quote. A backslash at the end
of a line joins the next one, and `#` starts a comment at the beginning of a line. Relative paths
start at the directory of the configuration file. "Where" says whether a directive may stand
outside of `<VirtualHost address ...>` (server), inside of it (virtual host), or both. The
addresses of a virtual host are `*`, `_default_`, an IPv4 address or an `[IPv6 address]`, each
with `:port`, `:*` or nothing.
)";

}  // namespace

std::string dump(const Config& config) {
    std::string out;
    for (const auto& host : config.hosts) {
        if (host.index == 0) {
            dump_host(config, host, "", out);
            continue;
        }
        out += fmt::format("<VirtualHost {}>\n", fmt::join(host.addresses, " "));
        dump_host(config, host, "    ", out);
        out += "</VirtualHost>\n";
    }
    return out;
}

std::string directives_markdown() {
    const auto config = default_config();
    const View defaults{
        config, config.hosts.front(), &config.daemon_groups.front(), &config.mounts.front()};
    std::string out(kIntroduction);
    for (const auto& directive : directives()) {
        out += directive_markdown(directive, defaults);
        if (directive.name == "WSGIDaemonProcess") {
            out += options_markdown(daemon_options(), defaults);
        } else if (directive.name == "WSGIScriptAlias") {
            out += options_markdown(alias_options(), defaults);
        }
    }
    return out;
}

}  // namespace config
