#include "core/site/sections/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "core/base/text/effort.h"
#include "core/config/language/opening_lines.h"
#include "core/site/conditions/evaluation.h"
#include "core/site/names/file_look.h"
#include "core/site/names/mounts.h"
#include "core/site/sections/section_match.h"

namespace site {
namespace {

constexpr std::size_t kVariantsMax = 64;
constexpr std::size_t kVariantBytesMax = KeptNodes::kNodeBytesMax;
// Directories within each other in which .htaccess files are looked for.
constexpr std::size_t kHtaccessDepthMax = 100;
// What rules of .htaccess files may cost a request, as long as a thousand of good ones.
constexpr std::chrono::milliseconds kStrangersTime{10};

using config::Section;
using config::SectionKind;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

void append(
    std::vector<SectionRef>& out,
    const config::Config& owner,
    const std::vector<std::uint32_t>& indices
) {
    for (const auto index : indices) {
        out.push_back({&owner, &owner.sections[index]});
    }
}

// What stands outside of the sections of a .htaccess file.
void note_htaccess(Trace& trace, const config::Config& file) {
    if (file.written.empty() && !file.sections.empty()) {
        trace.note("section", *file.sections.front().place.file, nullptr);
    }
    for (const auto& written : file.written) {
        const std::string_view name = file_name(*written.place.file);
        trace.note(
            "section",
            written.count == 1 ? fmt::format("{}: {}", name, written.name)
                               : fmt::format("{}: {}, {} times", name, written.name, written.count),
            &written.place
        );
    }
}

void note(Trace* trace, const SectionRef& ref) {
    if (trace != nullptr && (ref.section == nullptr || ref.section->kind == SectionKind::kServer)) {
        note_htaccess(*trace, *ref.owner);
    } else if (trace != nullptr) {
        const auto& section = *ref.section;
        const auto argument = argument_of(section);
        trace->note(
            "section",
            fmt::format(
                "<{}{}{}>", config::name_of(section), argument.empty() ? "" : " ", argument
            ),
            &section.place
        );
    }
}

// Adds those of `conditions` that hold, and the conditions in them.
base::Result<> add_conditions(
    const std::vector<SectionRef>& conditions, const Walk& walk, std::vector<SectionRef>& out
) {
    bool is_decided = false;  // of the chain of <If>, <ElseIf> and <Else> that we are in
    for (const auto& ref : conditions) {
        const auto kind = ref.section->kind;
        is_decided = is_decided && kind != SectionKind::kIf;
        if (is_decided) {
            continue;
        }
        if (kind != SectionKind::kElse) {
            const auto answer = holds(*ref.section->condition, walk);
            if (!answer) {
                return failed(*ref.section, answer.error().what);
            }
            is_decided = *answer;
        }
        if (kind != SectionKind::kElse && !is_decided) {
            continue;
        }
        is_decided = true;
        out.push_back(ref);
        std::vector<SectionRef> inner;
        append(inner, *ref.owner, ref.section->conditions);
        TRY(add_conditions(inner, walk, out));
    }
    return {};
}

}  // namespace

Sections::Sections(const config::Config& config)
    : config_(config),
      htaccess_(config.definitions),
      kept_(config.hosts.size()),
      bases_(config.hosts.size()) {}

void Sections::forget_all() {
    htaccess_.forget_all();
    kept_.clear();
    last_ = nullptr;
}

const config::DirectorySettings& Sections::base(std::uint32_t host) {
    auto& base = bases_[host];
    if (!base) {
        base = std::make_unique<config::DirectorySettings>(config::base_settings(config_, host));
    }
    return *base;
}

DirectoryNode& Sections::node(std::uint32_t host, std::string_view directory) {
    if (last_ != nullptr && last_host_ == host && last_directory_ == directory && holds(*last_)) {
        return *last_;
    }
    last_ = kept_.find(host, directory);
    if (last_ == nullptr || !holds(*last_)) {
        auto made = make(host, directory);
        if (made->is_passing || made->bytes > KeptNodes::kNodeBytesMax ||
            WithoutWaiting::has_given_up()) {
            last_ = nullptr;
            passing_ = std::move(made);
            return *passing_;
        }
        last_ = &kept_.put(host, directory, std::move(made));
    }
    last_host_ = host;
    last_directory_.assign(directory);
    return *last_;
}

// Whoever changes files changes them below his own directories: of what others have merged, none of
// the answers has gone.
bool Sections::holds(DirectoryNode& node) {
    if (node.held_in_version != htaccess_.version()) {
        if (!std::ranges::all_of(node.answers, [&](const auto id) {
                return htaccess_.holds(id);
            })) {
            return false;
        }
        node.held_in_version = htaccess_.version();
    }
    return true;
}

std::unique_ptr<DirectoryNode> Sections::make(std::uint32_t host, std::string_view directory) {
    ++made_;
    auto node = std::make_unique<DirectoryNode>();
    node->held_in_version = htaccess_.version();
    node->settings = base(host);
    node->depth = config::depth_of(directory);
    if (const auto filled = fill(*node, host, directory); !filled) {
        node->problem = filled.error().what;
        node->is_passing = true;
    }
    return node;
}

base::Result<> Sections::fill(DirectoryNode& node, std::uint32_t host, std::string_view directory) {
    const auto hosts = host == 0 ? std::vector{0U} : std::vector{0U, host};
    for (const auto number : hosts) {
        append(node.files, config_, config_.hosts[number].files);
        append(node.conditions, config_, config_.hosts[number].conditions);
    }
    if (directory.empty()) {
        return {};
    }
    TRY(enter(node, host, "/"));
    for (std::size_t end = 1; end < directory.size() && node.problem.empty(); ++end) {
        end = std::min(directory.find('/', end), directory.size());
        TRY(enter(node, host, directory.substr(0, end)));
    }
    for (const auto number : hosts) {
        for (const auto index : config_.hosts[number].directories) {
            const auto& section = config_.sections[index];
            request::Variables named;
            if (section.regex && TRY(matches_regex(section, std::string(directory) + "/", named))) {
                add(node, {&config_, &section});
                node.named.insert(node.named.end(), named.items().begin(), named.items().end());
            }
        }
    }
    return {};
}

// One level on the way down.
base::Result<> Sections::enter(
    DirectoryNode& node, std::uint32_t host, std::string_view directory
) {
    const std::string path(directory);
    if (base::Effort::is_spent()) {
        return base::fail(
            base::Fault::kServer,
            path + ": to find out what holds for it takes too long for one request"
        );
    }
    const auto depth = config::depth_of(path);
    const auto options = node.settings.options.bits();
    if ((options & config::option::kFollowSymLinks) == 0 && depth > 0) {
        node.looks_at_links_from = std::min(node.looks_at_links_from, depth);
    }
    for (const auto number : host == 0 ? std::vector{0U} : std::vector{0U, host}) {
        for (const auto index : config_.hosts[number].directories) {
            const auto& section = config_.sections[index];
            if (!section.regex && config::depth_of(section.pattern) == depth &&
                TRY(matches_directory(section, path))) {
                add(node, {&config_, &section});
            }
        }
    }
    add_htaccess(node, host, path);
    return {};
}

void Sections::add(DirectoryNode& node, const SectionRef& ref) {
    node.settings.overlay(ref.section->settings);
    node.merged.push_back(ref);
    append(node.files, *ref.owner, ref.section->files);
    append(node.conditions, *ref.owner, ref.section->conditions);
}

void Sections::add_htaccess(DirectoryNode& node, std::uint32_t host, const std::string& directory) {
    const auto allowed = node.settings.allow_override.value_or(config::AllowOverride());
    static const std::vector<std::string> kNone;
    const auto& names =
        node.settings.allow_override_list ? *node.settings.allow_override_list : kNone;
    if (allowed.classes == config::override_class::kNone && names.empty()) {
        return;
    }
    node.asks_for_htaccess = true;
    // Each level is watched by all names on the way to it, so that their number grows as the
    // square.
    if (config::depth_of(directory) > kHtaccessDepthMax) {
        node.problem = fmt::format(
            "{}: more than {} directories within each other are not searched for access files",
            directory,
            kHtaccessDepthMax
        );
        return;
    }
    static const std::vector<std::string> kUsual = {".htaccess"};
    const auto& own = config_.hosts[host].access_file_names;
    const auto& main = config_.hosts[0].access_file_names;
    const auto& used = own ? *own : main ? *main : kUsual;
    const auto [id, found] = htaccess_.find({
        .directory = directory,
        .names = used,
        .allowed = allowed,
        .allowed_list = names,
        .options = node.settings.options.bits(),
        .looks_from = node.looks_at_links_from,
        .host = host,
    });
    if (id != 0) {
        node.answers.push_back(id);
    }
    if (found == nullptr) {
        return;
    }
    if (found->config == nullptr) {
        node.problem = found->problem;
        node.problem_status = found->is_readable ? 500 : 403;
        node.is_waiting = node.is_passing = found->is_being_read;
        return;
    }
    merge_htaccess(node, *found);
}

void Sections::merge_htaccess(DirectoryNode& node, const Htaccess& found) {
    node.has_htaccess = true;
    node.files_held.push_back(found.config);
    node.bytes += found.bytes;
    base::Effort::tighten(kStrangersTime);
    const auto& file = *found.config;
    const auto& all = file.hosts.front();
    if (all.defaults != config::VirtualHost::kNoSection) {
        add(node, {&file, &file.sections[all.defaults]});
    } else {
        node.merged.push_back({&file, nullptr});
    }
    append(node.files, file, all.files);
    append(node.conditions, file, all.conditions);
    if (node.settings.environment.fixed.size() > config::EnvironmentRules::kFixedMax) {
        node.problem = fmt::format(
            "{}: more than {} variables with those of the directories above",
            found.path,
            config::EnvironmentRules::kFixedMax
        );
    }
}

// Regular expressions see the path as it is, others with its "//" collapsed.
base::Result<bool> Sections::matches_location(const Section& section, Walk& walk) const {
    if (!section.regex && walk.uri.find("//") != std::string::npos) {
        return fits_location(section, collapsed(walk.uri), walk.environment);
    }
    return fits_location(section, walk.uri, walk.environment);
}

base::Result<const config::Redirect*> Sections::redirect_of_location(Walk& walk) const {
    const config::Redirect* found = nullptr;
    const auto& main = config_.hosts.front();
    for (const auto* const host : {&main, walk.host}) {
        for (const auto index : host->locations) {
            const auto& section = config_.sections[index];
            const auto whole =
                std::ranges::find_if(section.settings.redirects, &config::Redirect::is_whole);
            if (whole != section.settings.redirects.end() && TRY(matches_location(section, walk))) {
                found = &*whole;
            }
        }
        if (walk.host == &main) {
            break;
        }
    }
    return found;
}

base::Result<const config::DirectorySettings*> Sections::merge(
    DirectoryNode& node, Walk& walk, Trace* trace
) {
    const auto& main = config_.hosts.front();
    const auto& host = *walk.host;
    if (trace != nullptr) {
        for (const auto& ref : node.merged) {
            note(trace, ref);
        }
    }
    for (const auto& [variable, value] : node.named) {
        walk.environment.set(variable, value);
    }
    if (node.has_htaccess) {
        base::Effort::tighten(kStrangersTime);
    }
    const bool has_locations = !main.locations.empty() || !host.locations.empty();
    if (node.files.empty() && node.conditions.empty() && !has_locations) {
        return &node.settings;
    }
    added_.clear();
    std::vector<SectionRef> conditions = node.conditions;
    const std::string name(file_name(walk.filename));
    for (const auto& ref : node.files) {
        if (!name.empty() && TRY(matches_file(*ref.section, name, walk.environment))) {
            added_.push_back(ref);
            append(conditions, *ref.owner, ref.section->conditions);
        }
    }
    for (const auto* const locations : {&main.locations, &host.locations}) {
        for (const auto index : *locations) {
            const auto& section = config_.sections[index];
            if (TRY(matches_location(section, walk))) {
                added_.push_back({&config_, &section});
                append(conditions, config_, section.conditions);
            }
        }
        if (&main == &host) {
            break;
        }
    }
    TRY(add_conditions(conditions, walk, added_));
    for (const auto& ref : added_) {
        note(trace, ref);
    }
    if (added_.empty()) {
        return &node.settings;
    }
    const auto known = std::ranges::find(node.variants, added_, &DirectoryNode::Variant::added);
    if (known != node.variants.end()) {
        return known->settings.get();
    }
    if (node.variants.size() >= kVariantsMax ||
        (node.variants.size() + 1) * node.bytes > kVariantBytesMax) {
        node.variants.clear();
    }
    auto settings = std::make_unique<config::DirectorySettings>(node.settings);
    for (const auto& ref : added_) {
        settings->overlay(ref.section->settings);
    }
    return node.variants.emplace_back(DirectoryNode::Variant{added_, std::move(settings)})
        .settings.get();
}

}  // namespace site
