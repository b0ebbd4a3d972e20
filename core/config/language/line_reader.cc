#include "core/config/language/line_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "core/base/text/effort.h"
#include "core/base/text/text.h"
#include "core/config/language/files.h"
#include "core/config/language/slips.h"
#include "core/config/model/refuse.h"

namespace config {
namespace {

// Sections within each other: whoever walks through them calls itself.
constexpr std::size_t kSectionDepthMax = 64;
// What all macros together may grow to: they can double what they are given.
constexpr std::size_t kMacroBytesMax = 16 << 20;

bool is_named(const Line& line, std::string_view name) {
    return base::equal_case_blind(line.name, name);
}

}  // namespace

LineReader::LineReader(Taker& taker, Problems& problems, const std::vector<std::string>& defines)
    : taker_(taker),
      problems_(problems),
      definitions_(defines),
      sources_([this](Line& line) { expand(line); }) {}

void LineReader::read(std::string text, const std::string& name) {
    begin_file(std::move(text), name, 1, {});
    Line line;
    while (!sources_.is_empty()) {
        if (sources_.next(line)) {
            take(line);
            if (taker_.is_htaccess() && base::Effort::is_spent()) {
                complain(line, "to read this file up to here takes too long");
            }
        } else {
            end_source();
        }
        if (has_given_up_ ||
            (taker_.is_htaccess() && !problems_.is_empty() && !problems_.are_collected())) {
            return;
        }
    }
}

void LineReader::begin_file(std::string text, const std::string& name, int depth, std::string at) {
    if (!taker_.is_htaccess()) {
        files_.insert(name);
    }
    if (const auto sentence = take_mark_off(text); !sentence.empty()) {
        problems_.add(Place{std::make_shared<const std::string>(name), 1}, std::string(sentence));
    }
    sources_.add_file(std::move(text), name, depth, std::move(at), open_.size());
}

void LineReader::expand(Line& line) {
    const bool is_skipping = !open_.empty() && open_.back().kind != Open::Kind::kTaken &&
                             open_.back().kind != Open::Kind::kTransparent;
    // The author of a .htaccess file may be a stranger, whom the environment of the server does not
    // concern.
    if (is_skipping || taker_.is_htaccess()) {
        return;
    }
    if (auto expanded = definitions_.expand(line.rest, unknown_)) {
        line.rest = *std::move(expanded);
    } else {
        line.problem = fmt::format("{}: {}", line.name, expanded.error().what);
    }
}

void LineReader::end_source() {
    while (open_.size() > sources_.open_before()) {
        const auto& open = open_.back();
        problems_.add(open.place, fmt::format("<{0}> is never closed; write </{0}>", open.name));
        if (open.kind == Open::Kind::kTaken) {
            taker_.close_section(open.name, open.place);
        }
        open_.pop_back();
    }
    sources_.leave();
}

void LineReader::complain(const Line& line, const std::string& sentence) {
    problems_.add(sources_.place_of(line), sources_.with_macro(sentence));
}

void LineReader::take(const Line& line) {
    for (const auto& variable : std::exchange(unknown_, {})) {
        problems_.warn(
            sources_.place_of(line),
            fmt::format("${{{}}} is neither defined nor in the environment, and stays", variable)
        );
    }
    if (skip(line)) {
        return;
    }
    if (!line.problem.empty()) {
        complain(line, line.problem);
    } else if (line.kind == LineKind::kOpen) {
        open(line);
    } else if (line.kind == LineKind::kClose) {
        close(line);
    } else {
        take_directive(line);
    }
}

// Inside what is skipped or recorded, nothing counts but its end.
bool LineReader::skip(const Line& line) {
    if (open_.empty() ||
        (open_.back().kind != Open::Kind::kSkipped && open_.back().kind != Open::Kind::kMacro)) {
        return false;
    }
    auto& open = open_.back();
    if (is_named(line, open.name) && line.kind != LineKind::kDirective) {
        open.depth += line.kind == LineKind::kOpen ? 1 : -1;
    }
    if (open.depth > 0) {
        if (open.kind == Open::Kind::kMacro) {
            // Empty lines keep the numbers of the lines true.
            auto& body = open.macro.body;
            const auto lines = open.place.line + 1 + std::ranges::count(body, '\n');
            body.append(
                static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, line.number - lines)), '\n'
            );
            body.append(line.raw).push_back('\n');
        }
        return true;
    }
    if (open.kind == Open::Kind::kMacro) {
        const auto name = base::lower_case(open.macro.name);
        macros_.insert_or_assign(name, std::move(open.macro));
    }
    open_.pop_back();
    return true;
}

// --- Sections

void LineReader::open(const Line& line) {
    if (open_.size() >= kSectionDepthMax) {
        complain(line, fmt::format("more than {} sections within each other", kSectionDepthMax));
        open_.push_back({Open::Kind::kSkipped, line.name, sources_.place_of(line), 1, {}});
        return;
    }
    if (is_named(line, "Macro")) {
        open_macro(line);
        return;
    }
    if (open_conditional(line)) {
        return;
    }
    Open open{Open::Kind::kTaken, line.name, sources_.place_of(line), 1, {}};
    if (auto problem = taker_.open_section(line, open.place); !problem.empty()) {
        complain(line, problem);
        open.kind = Open::Kind::kSkipped;
    }
    open_.push_back(std::move(open));
}

void LineReader::close(const Line& line) {
    const bool is_ours = open_.size() > sources_.open_before();
    if (!is_ours || !is_named(line, open_.back().name)) {
        complain(
            line,
            is_ours ? fmt::format(
                          "</{}> where </{}> is expected, for {}",
                          line.name,
                          open_.back().name,
                          open_.back().place.text()
                      )
                    : fmt::format("</{0}> without a <{0}> before it", line.name)
        );
        return;
    }
    if (open_.back().kind == Open::Kind::kTaken) {
        taker_.close_section(open_.back().name, sources_.place_of(line));
    }
    open_.pop_back();
}

bool LineReader::open_conditional(const Line& line) {
    static constexpr std::string_view kNames[] = {
        "IfDefine", "IfDirective", "IfFile", "IfModule", "IfSection", "IfVersion"};
    const auto found =
        std::ranges::find_if(kNames, [&](auto name) { return is_named(line, name); });
    if (found == std::end(kNames)) {
        return false;
    }
    auto kind = Open::Kind::kSkipped;
    if (line.arguments.empty()) {
        complain(line, fmt::format("<{}>: requires an argument", *found));
    } else if (const auto is_true = holds(line); !is_true) {
        complain(line, fmt::format("<{}>: {}", *found, is_true.error().what));
    } else if (*is_true) {
        kind = Open::Kind::kTransparent;
        problems_.took(sources_.place_of(line), fmt::format("<{} {}>", *found, line.rest));
    } else {
        problems_.skipped(sources_.place_of(line), fmt::format("<{} {}>", *found, line.rest));
    }
    open_.push_back({kind, line.name, sources_.place_of(line), 1, {}});
    return true;
}

base::Result<bool> LineReader::holds(const Line& line) const {
    if (is_named(line, "IfVersion")) {
        return version_holds(line.arguments);
    }
    std::string_view word = line.arguments.front();
    const bool is_negated = word.starts_with('!');
    word.remove_prefix(is_negated ? 1 : 0);
    bool is_true = false;
    if (is_named(line, "IfDefine")) {
        is_true = definitions_.is_defined(std::string(word));
    } else if (is_named(line, "IfModule")) {
        is_true = has_module(word);
    } else if (is_named(line, "IfDirective")) {
        is_true = find(word) != nullptr;
    } else if (is_named(line, "IfFile")) {
        if (taker_.is_htaccess()) {  // it would tell which files the server can see
            return refuse("not allowed here");
        }
        std::error_code error;
        is_true = std::filesystem::exists(
            std::filesystem::path(taker_.server_root()) / std::filesystem::path(word), error
        );
    } else {
        word.remove_prefix(word.starts_with('<') ? 1 : 0);
        word.remove_suffix(word.ends_with('>') ? 1 : 0);
        is_true = taker_.has_section(word);
    }
    return is_true != is_negated;
}

void LineReader::open_macro(const Line& line) {
    auto macro = read_macro(line.arguments);
    const bool is_allowed = !taker_.is_htaccess();
    if (!macro || !is_allowed) {
        complain(line, fmt::format("<Macro>: {}", macro ? "not allowed here" : macro.error().what));
        open_.push_back({Open::Kind::kSkipped, line.name, sources_.place_of(line), 1, {}});
        return;
    }
    macro->place = sources_.place_of(line);
    open_.push_back({Open::Kind::kMacro, line.name, sources_.place_of(line), 1, *std::move(macro)});
}

// --- Directives

void LineReader::take_directive(const Line& line) {
    const auto* const directive = find(line.name);
    const bool is_language = directive != nullptr && directive->value.apply == nullptr;
    const auto place = sources_.place_of(line);
    const auto problem = !is_language ? taker_.take_directive(line, place)
                         : taker_.is_htaccess()
                             ? fmt::format("{}: not allowed here", directive->name)
                             : take_language(line);
    if (!problem.empty()) {
        complain(line, problem + comment_hint(line));
    }
}

// The directives that are about the text itself, whose rows have no value.
std::string LineReader::take_language(const Line& line) {
    const auto count = line.arguments.size();
    if (is_named(line, "Define") && (count == 1 || count == 2)) {
        definitions_.define(
            line.arguments[0], count == 2 ? std::optional(line.arguments[1]) : std::nullopt
        );
        return {};
    }
    if (is_named(line, "UnDefine") && count == 1) {
        definitions_.undefine(line.arguments[0]);
        return {};
    }
    if (is_named(line, "UndefMacro") && count == 1) {
        return macros_.erase(base::lower_case(line.arguments[0])) == 1
                   ? std::string()
                   : fmt::format(
                         "UndefMacro: there is no <Macro {}> before this line", line.arguments[0]
                     );
    }
    if (is_named(line, "Include") && count == 1) {
        return include(line, false);
    }
    if (is_named(line, "IncludeOptional") && count == 1) {
        return include(line, true);
    }
    if (is_named(line, "Use") && count >= 1) {
        return use(line);
    }
    if (is_named(line, "Error") && count >= 1) {
        return fmt::format("Error: {}", line.rest);
    }
    const auto* const directive = find(line.name);
    return fmt::format("{}: {}", directive->name, wrong_number_of_words(*directive, count));
}

std::string LineReader::include(const Line& line, bool is_optional) {
    const auto path = (std::filesystem::path(taker_.server_root()) / line.arguments[0])
                          .lexically_normal()
                          .string();
    const auto files = included_files(path);
    std::error_code error;  // a path may be too long to ask
    if (files.empty() && !is_optional && !std::filesystem::is_directory(path, error)) {
        return fmt::format(
            "Include: \"{}\": {}; write IncludeOptional if it need not exist",
            path,
            is_pattern(path) ? "no file has such a name" : "there is no such file"
        );
    }
    if (!files.empty() && !sources_.has_room()) {
        has_given_up_ = true;  // two such lines in one file would be read 2^64 times
        return sources_.circle_of(line, files.front());
    }
    const std::string at = sources_.place_of(line).text();
    const int depth = sources_.depth() + 1;
    std::vector<std::pair<std::string, std::string>> texts;  // by the files' names
    for (const auto& file : files) {
        if (auto text = read_file(file)) {
            texts.emplace_back(file, *std::move(text));
        } else {
            complain(line, "Include: " + text.error().what);
        }
    }
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
        begin_file(std::move(text->second), text->first, depth, at);
    }
    return {};
}

std::string LineReader::use(const Line& line) {
    const auto found = macros_.find(base::lower_case(line.arguments[0]));
    if (found == macros_.end()) {
        return fmt::format("Use: there is no <Macro {}> before this line", line.arguments[0]);
    }
    const auto& macro = found->second;
    const auto values = Words(line.arguments).subspan(1);
    if (values.size() != macro.parameters.size()) {
        return fmt::format(
            "Use: the macro {} of {} has {} parameter(s); there are {} argument(s)",
            macro.name,
            macro.place.text(),
            macro.parameters.size(),
            values.size()
        );
    }
    if (!sources_.has_room() || sources_.macro_bytes() > kMacroBytesMax) {
        has_given_up_ = true;
        return fmt::format("Use: the macro {} uses itself", macro.name);
    }
    auto text = fill_in(macro, values, kMacroBytesMax);
    if (!text) {
        return fmt::format(
            "Use: the macro {} becomes longer than {} MiB with these words",
            macro.name,
            kMacroBytesMax >> 20
        );
    }
    sources_.add_macro(*std::move(text), macro, sources_.place_of(line).text(), open_.size());
    return {};
}

}  // namespace config
