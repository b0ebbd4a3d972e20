#include "core/site/map/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/base/text/effort.h"
#include "core/config/rewriting/rewrite_values.h"
#include "core/site/access/access.h"
#include "core/site/conditions/environment.h"
#include "core/site/conditions/expression.h"
#include "core/site/conditions/internal_redirect.h"
#include "core/site/map/handlers.h"
#include "core/site/names/file_look.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

// Apache's LimitInternalRecursion.
constexpr int kRoundsMax = 10;
// What all that the configuration says may cost a request, in its thread's time; where strangers
// say some of it, less (sections.cc).
constexpr std::chrono::milliseconds kTimeMax{100};

bool is_error(int status) { return status >= 400; }

ExpressionAnswer evaluate(const config::Expression& expression, const Walk& walk) {
    ExpressionAnswer answer;
    ExpressionGroups groups;
    if (const auto is_true = holds(expression, walk, &groups)) {
        answer.holds = *is_true;
        answer.groups = std::move(groups.texts);
    }
    return answer;
}

// Nothing where no file can be asked for: the table is some hundred kilobytes.
MimeTypes types_for(const config::Config& config) {
    const bool has_files = std::ranges::any_of(config.hosts, [](const config::VirtualHost& host) {
        return !host.document_root.empty() || !host.aliases.empty() || host.settings.user_dir;
    });
    // A directory of scripts may hold other files; and a rule may name any file.
    const bool may_have_files =
        std::ranges::any_of(config.sections, [](const config::Section& section) {
            return section.settings.rewriting.is_given || section.settings.handler;
        });
    if (!has_files && !may_have_files) {
        return MimeTypes::parse("");
    }
    return config.types_config.empty() ? MimeTypes::of_system()
                                       : MimeTypes::of_system(config.types_config);
}

}  // namespace

Site::Site(const config::Config& its_config)
    : config(its_config),
      mounts(config),
      groups(config),
      types(types_for(config)),
      rewriting(config.hosts.size()) {
    for (const auto& host : config.hosts) {
        if (auto rules = config::rewriting_of_host(config, host.index); rules.is_given) {
            rewriting[host.index] = std::make_unique<const Rewriting>(std::move(rules));
        }
    }
}

Mapper::Mapper(const Site& site) : site_(site), sections_(site.config) {
    means_.evaluate = evaluate;
}

void Mapper::note(
    std::string_view phase,
    std::string_view words,
    std::string_view about,
    const config::Place* place
) {
    if (trace_ != nullptr) {
        trace_->note(phase, std::string(words).append(about), place);
    }
}

void Mapper::do_not_wait_for(std::shared_ptr<const base::MountTable> mounts) {
    mounts_ = std::move(mounts);
    sections_.forget_all();
}

Outcome Mapper::map(const Request& request, request::Route& out, Trace* trace) {
    const WithoutWaiting without_waiting(mounts_.get(), serves_others_);
    base::Effort effort(kTimeMax);
    if (request.is_measured) {
        effort.measure();
    }
    trace_ = trace;
    if (trace != nullptr || means_.trace) {
        means_.trace = nullptr;
        if (trace != nullptr) {
            means_.trace = [this](const std::string& step) { note("rewrite", step); };
        }
    }
    request_ = request;
    auto outcome = answer(out);
    cost_ = effort.end();
    if (WithoutWaiting::has_given_up()) {
        outcome = Outcome();
        outcome.kind = Outcome::Kind::kWaitWanted;
        outcome.mounted_at = without_waiting.where();
    }
    return outcome;
}

Outcome Mapper::answer(request::Route& out) {
    const Request& request = request_;
    walk_.request = &request_;
    walk_.config = &site_.config;
    walk_.host = &site_.config.hosts[request.host];
    walk_.query.assign(request.query);
    asked_query_ = request.query;
    asked_method_ = request.method;
    walk_.filename.clear();
    walk_.path_info.clear();
    walk_.handler.clear();
    walk_.environment.clear();
    walk_.remote_user.clear();
    walk_.redirect_status = 200;
    headers_.clear();
    memory_ = {};
    walk_.vary = &memory_.vary;
    rounds_ = 0;
    const auto& settings = site_.config.hosts[request.host].settings;
    const auto& main = site_.config.hosts.front().settings;
    const auto verdict = normalise(
        request.path,
        walk_.uri,
        settings.merge_slashes.value_or(main.merge_slashes.value_or(true)),
        // Unlike others, Apache does not inherit this one.
        settings.encoded_slashes.value_or(config::EncodedSlashes::kRefused)
    );
    settings_ = nullptr;
    is_fallback_ = false;
    auto outcome =
        // Apache answers before anybody is asked: a
        // "ping" of the server as a whole (RFC 9110 section 9.3.7).
        request.path == "*" && request.method == "OPTIONS" ? Outcome::page(200, "")
        : verdict == PathVerdict::kFine                    ? run(out)
        : verdict == PathVerdict::kMalformed
            ? Outcome::page(400, "malformed path in the request")
            : Outcome::page(404, "an encoded slash or zero byte in the path of the request");
    if (outcome.kind == Outcome::Kind::kPage && is_error(outcome.status)) {
        outcome = with_document(std::move(outcome), out);
    }
    if (trace_ != nullptr) {
        for (const auto& [name, value] : walk_.environment.items()) {
            note("environment", name + "=" + value);
        }
    }
    outcome.headers.insert(outcome.headers.end(), headers_.begin(), headers_.end());
    if (!memory_.vary.empty()) {
        outcome.headers.emplace_back("Vary", fmt::format("{}", fmt::join(memory_.vary, ", ")));
    }
    return outcome;
}

Outcome Mapper::run(request::Route& out) {
    do {
        if (rounds_++ >= kRoundsMax) {
            return Outcome::page(
                500,
                fmt::format(
                    "more than {} redirections inside the server; the last one was to {}",
                    kRoundsMax,
                    walk_.uri
                )
            );
        }
        starts_again_ = false;
        for (const auto phase :
             {&Mapper::start,
              &Mapper::translate,
              &Mapper::merge_sections,
              &Mapper::check_access,
              &Mapper::fix_up}) {
            if (auto answer = (this->*phase)()) {
                return *std::move(answer);
            }
            if (starts_again_) {
                break;
            }
        }
    } while (starts_again_);
    return handle(out);
}

// --- What holds for it

Mapper::Answer Mapper::merge_sections() {
    const bool has_directory =
        !walk_.filename.empty() && !(mounted_.mount != nullptr && mounted_.mount->is_module);
    const auto directory = !has_directory                  ? std::string_view()
                           : kind_ == FileKind::kDirectory ? std::string_view(walk_.filename)
                                                           : directory_of(walk_.filename);
    node_ = &sections_.node(request_.host, directory);
    if (node_->is_waiting) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::kFileWanted;
        return outcome;
    }
    if (!node_->problem.empty()) {
        settings_ = &node_->settings;  // its ErrorDocument
        return Outcome::page(node_->problem_status, node_->problem);
    }
    auto merged = sections_.merge(*node_, walk_, trace_);
    if (!merged) {
        return Outcome::page(500, merged.error().what);
    }
    settings_ = *merged;
    links_ = LinkRule::of(settings_->options.bits(), node_->looks_at_links_from, node_->depth + 1);
    if (has_directory && !links_are_permitted(walk_.filename, links_)) {
        return Outcome::page(403, "Symbolic link not allowed: " + walk_.filename);
    }
    return std::nullopt;
}

Mapper::Answer Mapper::check_access() {
    if (const auto set = set_section_variables(settings_->environment, walk_); !set) {
        return Outcome::page(500, set.error().what);
    }
    const auto verdict = decide(settings_->access, walk_);
    if (verdict.needs_remote_host) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::kRemoteHostWanted;
        return outcome;
    }
    if (trace_ != nullptr) {
        note("access", verdict.sentence(), {}, verdict.place);
    }
    if (!verdict.is_granted()) {
        return Outcome::page(verdict.status, verdict.reason());
    }
    if (!request_.remote_host.value_or("").empty()) {
        walk_.environment.set("REMOTE_HOST", *request_.remote_host);
    }
    return std::nullopt;
}

Mapper::Answer Mapper::fix_up() {
    if (auto answer = rewrite_file(); answer || starts_again_) {
        return answer;
    }
    if (const auto set = set_fixed_variables(settings_->environment, walk_); !set) {
        return Outcome::page(500, set.error().what);
    }
    const auto whole = std::ranges::find_if(settings_->redirects, &config::Redirect::is_whole);
    if (whole != settings_->redirects.end()) {
        return redirect_whole(*whole);
    }
    if (auto answer = redirect(settings_->redirects)) {
        return answer;
    }
    if (mounted_.mount == nullptr && kind_ == FileKind::kDirectory) {
        return answer_for_directory();
    }
    if (mounted_.mount == nullptr && kind_ == FileKind::kMissing) {
        return answer_for_missing();
    }
    return std::nullopt;
}

}  // namespace site
