#include "core/config/language/opening_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"

namespace config {
namespace {

constexpr SectionName kNames[] = {
    {"Directory", SectionKind::kDirectory, false, "<Directory /srv/www>"},
    {"DirectoryMatch", SectionKind::kDirectory, true, "<DirectoryMatch \"^/srv/[^/]+/www/\">"},
    {"Else", SectionKind::kElse, false, "<Else>"},
    {"ElseIf", SectionKind::kElseIf, false, "<ElseIf \"%{REMOTE_ADDR} == '127.0.0.1'\">"},
    {"Files", SectionKind::kFiles, false, "<Files *.wsgi>"},
    {"FilesMatch", SectionKind::kFiles, true, "<FilesMatch \"\\.(py|wsgi)$\">"},
    {"If", SectionKind::kIf, false, "<If \"%{HTTP_HOST} == 'www.example.com'\">"},
    {"Location", SectionKind::kLocation, false, "<Location /admin>"},
    {"LocationMatch", SectionKind::kLocation, true, "<LocationMatch \"^/(en|de)/\">"},
};

base::Error wrong(std::string what) { return {base::Fault::kConfig, std::move(what)}; }

base::Result<Section> read_section_condition(
    const SectionName& name, const Line& line, Author author, Section section
) {
    if (line.arguments.empty()) {
        return tl::unexpected(
            wrong(fmt::format("requires an expression, as in \"{}\"", name.example))
        );
    }
    // The expression may stand in quotes, which hold no others of their kind, or bare.
    const std::string& text = line.arguments.size() == 1 ? line.arguments.front() : line.rest;
    section.condition = TRY(Expression::parse_condition(text, author));
    return section;
}

std::string normal_directory(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c != '/' || !out.ends_with('/')) {
            out.push_back(c);
        }
    }
    if (out.size() > 1 && out.ends_with('/')) {
        out.pop_back();
    }
    return out;
}

}  // namespace

std::span<const SectionName> section_names() { return kNames; }

const SectionName* find_section(std::string_view name) {
    const auto found = std::ranges::find_if(kNames, [&](const SectionName& known) {
        return base::equal_case_blind(known.name, name);
    });
    return found == std::end(kNames) ? nullptr : found;
}

std::string_view name_of(const Section& section) {
    const auto found = std::ranges::find_if(kNames, [&](const SectionName& known) {
        return known.kind == section.kind && known.is_match == section.regex.has_value();
    });
    return found == std::end(kNames) ? std::string_view("VirtualHost") : found->name;
}

bool may_contain(SectionKind outer, SectionKind inner) {
    switch (inner) {
        case SectionKind::kIf:
        case SectionKind::kElseIf:
        case SectionKind::kElse:
            return true;
        case SectionKind::kFiles:
            return outer != SectionKind::kFiles && outer != SectionKind::kLocation;
        case SectionKind::kServer:
        case SectionKind::kDirectory:
        case SectionKind::kLocation:
            return outer == SectionKind::kServer;
    }
    return false;
}

base::Result<Section> read_section(const SectionName& name, const Line& line, Author author) {
    Section section;
    section.kind = name.kind;
    if (name.kind == SectionKind::kElse) {
        return line.arguments.empty()
                   ? base::Result<Section>(section)
                   : tl::unexpected(wrong("takes no argument, as in \"<Else>\""));
    }
    if (name.kind == SectionKind::kIf || name.kind == SectionKind::kElseIf) {
        return read_section_condition(name, line, author, std::move(section));
    }
    const bool has_tilde = line.arguments.size() == 2 && line.arguments.front() == "~";
    if (line.arguments.size() != 1 && !has_tilde) {
        return tl::unexpected(wrong(fmt::format("takes one argument, as in \"{}\"", name.example)));
    }
    section.pattern = line.arguments.back();
    if (name.is_match || has_tilde) {
        auto regex = base::Regex::compile(section.pattern);
        if (!regex) {
            return tl::unexpected(
                wrong(fmt::format("\"{}\": {}", section.pattern, regex.error().what))
            );
        }
        section.regex = *std::move(regex);
        return section;
    }
    if (name.kind == SectionKind::kDirectory) {
        if (!section.pattern.starts_with('/') && section.pattern != "*") {
            return tl::unexpected(wrong(fmt::format(
                "\"{}\": expected an absolute path, as in \"{}\"", section.pattern, name.example
            )));
        }
        section.pattern = normal_directory(section.pattern);
    } else if (name.kind == SectionKind::kLocation && !section.pattern.starts_with('/')) {
        return tl::unexpected(wrong(fmt::format(
            "\"{}\": expected a URL path that starts with \"/\", as in \"{}\"",
            section.pattern,
            name.example
        )));
    }
    section.is_wildcard = section.pattern.find_first_of("*?[") != std::string::npos;
    return section;
}

std::size_t depth_of(std::string_view path) {
    return path == "/" ? 0 : static_cast<std::size_t>(std::ranges::count(path, '/'));
}

}  // namespace config
