#include "core/config/dump.h"

#include <fmt/format.h>

#include "core/config/directives/foreign.h"
#include "core/config/language/directive.h"
#include "core/config/language/line_tokenizer.h"
#include "core/config/language/opening_lines.h"
#include "core/config/values/access_values.h"
#include "core/config/values/environment_values.h"

namespace config {
namespace {

// The arguments of a directive as they stand in a file. Directives of one word leave the quotes to
// us.
std::vector<std::string> written_arguments(const Directive& directive, const View& view) {
    auto lines = directive.value.show(view);
    if (directive.value.words_max == 1) {
        for (auto& line : lines) {
            line = in_quotes(line);
        }
    }
    return lines;
}

// The directives that may stand at `here`, as far as they differ from the defaults.
void dump_directives(const View& view, Where here, std::string_view indent, std::string& out) {
    Config plain;
    plain.hosts.emplace_back();
    const View defaults{plain, plain.hosts.front()};
    for (const auto& directive : directives()) {
        if ((directive.where & here) == 0 || directive.value.show == nullptr) {
            continue;
        }
        const auto lines = written_arguments(directive, view);
        if (lines != written_arguments(directive, defaults)) {
            for (const auto& line : lines) {
                out += fmt::format("{}{} ", indent, directive.name);
                for (const char c : line) {  // an entry may be several lines
                    out.push_back(c);
                    out += c == '\n' ? indent : "";
                }
                out.push_back('\n');
            }
        }
    }
    if (view.settings == nullptr) {
        return;
    }
    for (const auto& lines :
         {show_mixed_conditions(view.settings->environment),
          show_access_containers(view.settings->access)}) {
        for (const auto& line : lines) {
            out += fmt::format("{}{}\n", indent, line);
        }
    }
}

using Indices = std::vector<std::uint32_t>;

void dump_sections(
    const Config& config,
    std::initializer_list<const Indices*> lists,
    const std::string& indent,
    std::string& out
) {
    for (const auto* const list : lists) {
        for (const auto index : *list) {
            const auto& section = config.sections.at(index);
            const auto argument = section.condition ? section.condition->text()
                                  : section.regex   ? section.regex->pattern()
                                                    : section.pattern;
            const auto name = name_of(section);
            out += fmt::format(
                "{}<{}{}>\n",
                indent,
                name,
                section.kind == SectionKind::kElse ? "" : " " + in_quotes(argument)
            );
            const View view{
                config, config.hosts.at(section.host), nullptr, nullptr, &section.settings};
            dump_directives(view, kDirectory, indent + "    ", out);
            dump_sections(config, {&section.files, &section.conditions}, indent + "    ", out);
            out += fmt::format("{}</{}>\n", indent, name);
        }
    }
}

void dump_host(
    const Config& config, const VirtualHost& host, const std::string& indent, std::string& out
) {
    const View view{
        config,
        host,
        nullptr,
        nullptr,
        host.defaults == VirtualHost::kNoSection ? nullptr
                                                 : &config.sections.at(host.defaults).settings};
    dump_directives(view, host.index == 0 ? kServer : kVirtualHost, indent, out);
    dump_sections(
        config, {&host.directories, &host.files, &host.locations, &host.conditions}, indent, out
    );
}

// A configuration in which everything has its default.
Config default_config() {
    Config config;
    auto& host = config.hosts.emplace_back();
    host.settings = default_settings();
    config.daemon_groups.emplace_back().host = 1;  // of no host, so that it is nobody's line
    config.mounts.emplace_back();
    config.sections.emplace_back().settings = base_settings(config, 0);
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

std::string places_of(const Directive& directive) {
    struct Words {
        unsigned bits = 0;
        std::string_view text;
    };
    static constexpr Words kPlaces[] = {
        {kServer, "server"},
        {kVirtualHost, "virtual host"},
        {kDirectory, "directory"},
        {kHtaccess, ".htaccess"},
    };
    static constexpr Words kClasses[] = {
        {override_class::kAuthConfig, "AuthConfig"},
        {override_class::kFileInfo, "FileInfo"},
        {override_class::kIndexes, "Indexes"},
        {override_class::kLimit, "Limit"},
        {override_class::kOptions, "Options"},
    };
    std::vector<std::string_view> places;
    for (const auto& place : kPlaces) {
        if ((directive.where & place.bits) != 0) {
            places.push_back(place.text);
        }
    }
    std::vector<std::string_view> classes;
    for (const auto& known : kClasses) {
        if ((directive.override & known.bits) != 0) {
            classes.push_back(known.text);
        }
    }
    return classes.empty()
               ? fmt::format("{}", fmt::join(places, ", "))
               : fmt::format(
                     "{} (AllowOverride {})", fmt::join(places, ", "), fmt::join(classes, " or ")
                 );
}

std::string directive_markdown(const Directive& directive, const View& defaults) {
    const auto lines = directive.value.show == nullptr ? std::vector<std::string>()
                                                       : directive.value.show(defaults);
    return fmt::format(
        "\n## {0}\n\n`{0} {1}` – {2}\n\n- Where: {3}\n- Default: {4}\n\n```apache\n{5}\n```\n",
        directive.name,
        directive.arguments,
        directive.help,
        places_of(directive),
        lines.empty() ? "none" : fmt::format("`{}`", lines.front()),
        directive.example
    );
}

constexpr std::string_view kIntroduction = R"(# Directives

Written by `hoopsnake -L` from the tables in `*_directives.cc`, `daemon_options.cc`, `alias_options.cc`
and `foreign.cc`; a test compares. Names of directives are case-blind. Words are separated by blanks
and may stand in `'` or `"`, where a backslash escapes the quote. A backslash at the end of a line
joins the next one, and `#` starts a comment at the beginning of a line. `${NAME}` is replaced by what
Define or the environment says. Relative paths start at ServerRoot.

"Where" says whether a directive may stand outside of all sections (server), in
`<VirtualHost address ...>`, in `<Directory>`, `<Files>`, `<Location>`, their `Match` forms, `<If>`,
`<ElseIf>` and `<Else>` (directory), and in `.htaccess` files where AllowOverride permits its class.
Settings are merged in Apache's order: the server, the virtual host, `<Directory>` and `.htaccess`
from the shortest path to the longest, `<DirectoryMatch>`, `<Files>`, `<Location>`, `<If>`.
The addresses of a virtual host are `*`, `_default_`, an IPv4 address or an `[IPv6 address]`, each
with `:port`, `:*` or nothing. `<IfDefine>`, `<IfModule>`, `<IfVersion>`, `<IfFile>` and
`<IfDirective>` may surround anything, and `<Macro name $parameter ...>` holds lines for Use.
)";

// The directives that we do not have, by class.
std::string foreign_markdown() {
    struct Class {
        Foreign::Kind kind;
        std::string_view heading;
    };
    static constexpr Class kClasses[] = {
        {Foreign::Kind::kMeaningless, "Ignored, with a line in the log"},
        {Foreign::Kind::kLater, "Refused: not implemented yet"},
        {Foreign::Kind::kUnsafe, "Refused: unsafe"},
    };
    std::string out;
    for (const auto& known : kClasses) {
        out += fmt::format("\n## {}\n\n| directive | reason |\n|---|---|\n", known.heading);
        for (const auto& foreign : foreign_directives()) {
            if (foreign.kind == known.kind) {
                out += fmt::format("| {} | {} |\n", foreign.name, foreign.reason);
            }
        }
    }
    return out;
}

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
        config,
        config.hosts.front(),
        &config.daemon_groups.front(),
        &config.mounts.front(),
        &config.sections.front().settings};
    std::string out(kIntroduction);
    for (const auto& directive : directives()) {
        out += directive_markdown(directive, defaults);
        if (directive.name == "WSGIDaemonProcess") {
            out += options_markdown(daemon_options(), defaults);
        } else if (directive.name == "WSGIScriptAlias") {
            out += options_markdown(alias_options(), defaults);
        }
    }
    out += foreign_markdown();
    return out;
}

}  // namespace config
