#include "core/config/configuration_parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text/text.h"
#include "core/config/directives/foreign.h"
#include "core/config/htaccess_bounds.h"
#include "core/config/language/files.h"
#include "core/config/language/line_reader.h"
#include "core/config/language/opening_lines.h"
#include "core/config/language/slips.h"
#include "core/config/model/refuse.h"
#include "core/config/resolve.h"
#include "core/config/values/access_values.h"
#include "core/config/values/server_values.h"

namespace config {
namespace {

constexpr std::string_view kVirtualHostSection = "VirtualHost";
// Of a .htaccess file: a section is much larger than the few bytes that it takes to write one.
constexpr std::size_t kHtaccessSectionsMax = 1000;
constexpr std::string_view kNotInHtaccess =
    "not allowed here; it belongs into the server's configuration";

// The directives and sections of the lines that LineReader gives it go into a Config.
class ConfigurationParser final : public LineReader::Taker {
public:
    ConfigurationParser(std::string name, const ParseOptions& options)
        : problems_(std::move(name), options.findings),
          lines_(*this, problems_, options.defines),
          fixed_root_(options.server_root) {
        config_.hosts.emplace_back();
    }

    [[nodiscard]] const HtaccessBounds& bounds() const { return bounds_; }
    void allow_only(const AllowOverride& allowed, const std::vector<std::string>& names) {
        allowed_ = &allowed;
        allowed_names_ = &names;
    }

    base::Result<Config> parse(std::string_view text, const std::string& name, std::string root) {
        root_ = std::move(root);
        lines_.read(std::string(text), name);
        if (allowed_ == nullptr && !lines_.has_given_up()) {
            resolve(config_, problems_);
        }
        if (lines_.has_given_up()) {
            config_.refused = {"Listen", "User"};  // as far as anybody knows
        }
        if (!problems_.is_empty() && !problems_.are_collected()) {
            return refuse(problems_.text());
        }
        config_.warnings = problems_.warnings();
        config_.definitions = lines_.definitions().names();
        config_.files = lines_.files();
        return std::move(config_);
    }

    // LineReader::Taker
    [[nodiscard]] const std::string& server_root() const override {
        const auto& written = fixed_root_.empty() ? config_.server_root : fixed_root_;
        return written.empty() ? root_ : written;
    }
    [[nodiscard]] bool is_htaccess() const override { return allowed_ != nullptr; }
    [[nodiscard]] bool has_section(std::string_view name) const override {
        return base::equal_case_blind(name, kVirtualHostSection) ||
               AccessRules::is_container(name) || find_section(name) != nullptr;
    }
    std::string take_directive(const Line& line, const Place& place) override {
        auto problem = apply_directive(line, place);
        if (!problem.empty() && !is_htaccess()) {
            const auto* const directive = find(line.name);
            config_.refused.push_back(
                directive != nullptr ? directive->name : nearest_directive(line.name)
            );
        }
        return problem;
    }
    std::string open_section(const Line& line, const Place& place) override;
    void close_section(std::string_view name, const Place& place) override;

private:
    struct Outer {
        std::uint32_t host = 0;
        std::uint32_t section = VirtualHost::kNoSection;
        bool holds_container = false;  // of access rules: <RequireAny>, <Limit>
    };

    [[nodiscard]] std::string check_place(const Directive& directive) const;
    std::string apply_foreign(const Line& line, const Place& place);
    std::string apply_directive(const Line& line, const Place& place);
    std::string open_host(const Line& line, const Place& place);
    std::string open_container(const Line& line, const Place& place);
    std::string open_section(const SectionName& name, const Line& line, const Place& place);
    void add(Section section);
    [[nodiscard]] SectionKind kind() const {
        return section_ == VirtualHost::kNoSection ? SectionKind::kServer
                                                   : config_.sections[section_].kind;
    }
    Scope scope_of(const Place& place) {
        return {config_, host_, place, server_root(), section_, is_htaccess(), allowed_};
    }

    Config config_;
    std::string root_;  // ServerRoot where none is written
    Problems problems_;
    LineReader lines_;
    const std::string fixed_root_;            // "": ServerRoot counts
    const AllowOverride* allowed_ = nullptr;  // of a .htaccess file
    const std::vector<std::string>* allowed_names_ = nullptr;
    HtaccessBounds bounds_;     // not asked of other files
    std::vector<Outer> outer_;  // what surrounds the innermost open section
    int containers_open_ = 0;
    std::uint32_t host_ = 0;  // the virtual host we are in; 0 is the main server
    std::uint32_t section_ = VirtualHost::kNoSection;  // the section we are in
};

// --- Directives

// One that is not ours.
std::string ConfigurationParser::apply_foreign(const Line& line, const Place& place) {
    const auto* const foreign = find_foreign(line.name);
    if (foreign == nullptr) {
        return unknown_directive(line.name);
    }
    if (foreign->kind != Foreign::Kind::kMeaningless) {
        return sentence_about(*foreign);
    }
    if (is_htaccess() && !is_ignored_in_htaccess(*foreign)) {
        return fmt::format("{}: {}", foreign->name, kNotInHtaccess);
    }
    // The log does not grow with what strangers write.
    if (!is_htaccess() || problems_.are_collected()) {
        problems_.ignore(place, sentence_about(*foreign));
    }
    return {};
}

std::string ConfigurationParser::apply_directive(const Line& line, const Place& place) {
    const auto* directive = find(line.name);
    if (is_htaccess() && directive != nullptr && allowed_->passes_over_forbidden &&
        !check_place(*directive).empty()) {
        return {};
    }
    if (directive == nullptr && is_htaccess() && allowed_->passes_over_unknown) {
        return {};
    }
    if (directive == nullptr) {
        return apply_foreign(line, place);
    }
    const auto about = [&](const std::string& sentence) {
        return fmt::format("{}: {}", directive->name, sentence);
    };
    if (auto misplaced = check_place(*directive); !misplaced.empty()) {
        return about(misplaced);
    }
    auto scope = scope_of(place);
    if (containers_open_ > 0 && directive->name != "Require") {
        if (const auto container = settings_of(scope).access.requires_in(); !container.empty()) {
            return about(fmt::format("not allowed in <{}>, where only Require counts", container));
        }
    }
    const auto& value = directive->value;
    const bool takes_rest = value.words_max == kRestOfLine;
    const auto given = line.arguments.size();
    if (given < static_cast<std::size_t>(value.words_min) ||
        (!takes_rest && given > static_cast<std::size_t>(value.words_max))) {
        return about(wrong_number_of_words(*directive, given));
    }
    if (auto problem = is_htaccess() ? bounds_.add_directive(line) : std::string();
        !problem.empty()) {
        return about(problem);
    }
    const auto applied =
        value.apply(scope, takes_rest ? Words(&line.rest, 1) : Words(line.arguments));
    if (applied) {
        problems_.took(place, directive->name, scope.remarks);
        if (is_htaccess() && section_ == VirtualHost::kNoSection) {
            note_written(config_, directive->name, place);
        }
        return is_htaccess() ? bounds_.check_regexes() : std::string();
    }
    return about(
        value.words_max == 1 ? fmt::format("\"{}\": {}", line.arguments[0], applied.error().what)
                             : applied.error().what
    );
}

std::string ConfigurationParser::check_place(const Directive& directive) const {
    if (is_htaccess()) {
        const bool is_listed = std::ranges::any_of(*allowed_names_, [&](const auto& name) {
            return base::equal_case_blind(name, directive.name);
        });
        if ((directive.where & kHtaccess) == 0) {
            return std::string(kNotInHtaccess);
        }
        if (!is_listed && (directive.override & allowed_->classes) == 0) {
            return "not allowed here; AllowOverride of this directory does not permit it";
        }
        return {};
    }
    if (section_ != VirtualHost::kNoSection) {
        return (directive.where & kDirectory) != 0
                   ? std::string()
                   : fmt::format(
                         "not allowed in <{}> context; move it outside",
                         name_of(config_.sections[section_])
                     );
    }
    if ((directive.where & kHosts) == 0) {
        return "not allowed here; it belongs into <Directory> or <Location>";
    }
    return host_ != 0 && (directive.where & kVirtualHost) == 0
               ? "cannot occur within <VirtualHost> section; move it outside"
               : std::string();
}

// --- Sections

std::string ConfigurationParser::open_section(const Line& line, const Place& place) {
    Outer outer{host_, section_};
    std::string problem = is_htaccess() ? bounds_.add_section(line) : std::string();
    if (!problem.empty()) {
        return fmt::format("<{}>: {}", line.name, problem);
    }
    if (AccessRules::is_container(line.name)) {
        outer.holds_container = true;
        problem = open_container(line, place);
    } else if (base::equal_case_blind(line.name, kVirtualHostSection)) {
        problem = open_host(line, place);
    } else if (const auto* const name = find_section(line.name)) {
        problem = open_section(*name, line, place);
    } else {
        std::vector<std::string_view> known = {kVirtualHostSection};
        std::ranges::transform(section_names(), std::back_inserter(known), &SectionName::name);
        const auto near = base::nearest(line.name, known);
        return fmt::format(
            "<{}> sections are not implemented{}",
            line.name,
            near.empty() ? std::string() : fmt::format("; did you mean <{}>?", near)
        );
    }
    if (problem.empty()) {
        containers_open_ += outer.holds_container ? 1 : 0;
        outer_.push_back(outer);
    }
    return problem;
}

std::string ConfigurationParser::open_host(const Line& line, const Place& place) {
    if (is_htaccess()) {
        return "<VirtualHost> not allowed here";
    }
    if (host_ != 0 || section_ != VirtualHost::kNoSection) {
        return fmt::format(
            "<VirtualHost> cannot occur within <{}> section; close the other one first",
            host_ != 0 ? kVirtualHostSection : name_of(config_.sections[section_])
        );
    }
    host_ = static_cast<std::uint32_t>(config_.hosts.size());
    problems_.enter_host(host_);
    auto& host = config_.hosts.emplace_back();
    host.index = host_;
    host.place = place;
    auto scope = scope_of(place);
    if (line.arguments.empty()) {
        problems_.add(
            place,
            "<VirtualHost>: requires at least one argument, an address, as in \"<VirtualHost "
            "*:80>\""
        );
    } else if (const auto applied = apply_virtual_host_addresses(scope, line.arguments); !applied) {
        problems_.add(place, fmt::format("<VirtualHost>: {}", applied.error().what));
    }
    return {};
}

std::string ConfigurationParser::open_section(
    const SectionName& name, const Line& line, const Place& place
) {
    const bool may_be_in_htaccess =
        name.kind != SectionKind::kDirectory && name.kind != SectionKind::kLocation;
    if (is_htaccess() && !may_be_in_htaccess) {
        return fmt::format("<{}> not allowed here", name.name);
    }
    if (is_htaccess() && config_.sections.size() >= kHtaccessSectionsMax) {
        return fmt::format("<{}>: more than {} sections", name.name, kHtaccessSectionsMax);
    }
    if (!may_contain(kind(), name.kind)) {
        return fmt::format(
            "<{}> cannot occur within <{}> section; move it outside",
            name.name,
            name_of(config_.sections[section_])
        );
    }
    auto section = read_section(name, line, scope_of(place).author());
    if (!section) {
        return fmt::format("<{}>: {}", name.name, section.error().what);
    }
    if (name.kind == SectionKind::kElseIf || name.kind == SectionKind::kElse) {
        const auto& list = section_ == VirtualHost::kNoSection
                               ? config_.hosts[host_].conditions
                               : config_.sections[section_].conditions;
        if (list.empty() || config_.sections[list.back()].kind == SectionKind::kElse) {
            return fmt::format("<{}> without an <If> before it", name.name);
        }
    }
    if (name.kind == SectionKind::kFiles && kind() != SectionKind::kServer &&
        kind() != SectionKind::kDirectory) {
        problems_.warn(
            place, "<Files> has no effect in <If>, as in Apache; write the <If> into the <Files>"
        );
    }
    section->place = place;
    add(*std::move(section));
    return is_htaccess() ? bounds_.check_regexes() : std::string();
}

void ConfigurationParser::add(Section section) {
    const auto index = static_cast<std::uint32_t>(config_.sections.size());
    section.index = index;
    section.host = host_;
    auto& host = config_.hosts[host_];
    const bool is_outermost = section_ == VirtualHost::kNoSection;
    auto* const outer = is_outermost ? nullptr : &config_.sections[section_];
    switch (section.kind) {
        case SectionKind::kServer:
            break;
        case SectionKind::kDirectory:
            host.directories.push_back(index);
            break;
        case SectionKind::kLocation:
            host.locations.push_back(index);
            break;
        case SectionKind::kFiles:
            (is_outermost ? host.files : outer->files).push_back(index);
            break;
        case SectionKind::kIf:
        case SectionKind::kElseIf:
        case SectionKind::kElse:
            (is_outermost ? host.conditions : outer->conditions).push_back(index);
            break;
    }
    section_ = index;
    config_.sections.push_back(std::move(section));
}

// <RequireAll> and its kin, <Limit> and <LimitExcept>: the access rules of the section keep them.
std::string ConfigurationParser::open_container(const Line& line, const Place& place) {
    auto scope = scope_of(place);
    const auto opened = open_access_container(scope, line.name, line.arguments);
    return opened ? std::string() : fmt::format("<{}>: {}", line.name, opened.error().what);
}

void ConfigurationParser::close_section(std::string_view name, const Place& place) {
    if (outer_.back().holds_container) {
        --containers_open_;
        auto scope = scope_of(place);
        if (const auto closed = settings_of(scope).access.close_container(name); !closed) {
            problems_.add(place, fmt::format("</{}>: {}", name, closed.error().what));
        }
    }
    host_ = outer_.back().host;
    problems_.enter_host(host_);
    section_ = outer_.back().section;
    outer_.pop_back();
}

}  // namespace

base::Result<Config> parse_file(const std::string& path, const ParseOptions& options) {
    const auto text = TRY(read_file_or_pipe(path));
    return ConfigurationParser(path, options).parse(text, path, absolute_directory_of(path));
}

base::Result<Config> parse_text(
    std::string_view text, const std::string& name, const ParseOptions& options
) {
    return ConfigurationParser(name, options).parse(text, name, working_directory());
}

base::Result<Config> parse_htaccess(
    std::string_view text,
    const std::string& path,
    const AllowOverride& allowed,
    const std::vector<std::string>& allowed_names,
    const ParseOptions& options
) {
    ConfigurationParser parser(path, options);
    parser.allow_only(allowed, allowed_names);
    auto config = parser.parse(text, path, absolute_directory_of(path));
    if (options.bytes != nullptr) {
        *options.bytes = config ? parser.bounds().bytes() : 0;
    }
    return config;
}

}  // namespace config
