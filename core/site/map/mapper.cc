#include "core/site/map/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/base/text/effort.h"
#include "core/site/access/access.h"
#include "core/site/conditions/environment.h"
#include "core/site/conditions/evaluation.h"
#include "core/site/conditions/internal_redirect.h"
#include "core/site/map/directories.h"
#include "core/site/map/redirects.h"
#include "core/site/names/file_look.h"
#include "core/site/names/url_path.h"

namespace site {
namespace {

// Of an ErrorDocument's text with what its variables stand for.
constexpr std::size_t kDocumentMax = 64 << 10;
// Apache's LimitInternalRecursion.
constexpr int kRoundsMax = 10;
// What all that the configuration says may cost a request, in its thread's time; where strangers
// say some of it, less (sections.cc).
constexpr std::chrono::milliseconds kMappingTimeMax{100};

bool is_error(int status) { return status >= 400; }

}  // namespace

Mapper::Mapper(const Site& site)
    : site_(site),
      sections_(site.config),
      fixed_(site),
      translation_(site, sections_),
      handling_(site) {}

void Mapper::do_not_wait_for(std::shared_ptr<const base::MountTable> mounts) {
    mounts_ = std::move(mounts);
    sections_.forget_all();
}

const FixedRoute* Mapper::find_fixed(const FixedQuestion& question, request::Route& out) {
    const auto [fixed, path_info] = fixed_.find(question);
    if (fixed == nullptr) {
        return nullptr;
    }
    if (out.number == 0 || out.number != fixed->route.number) {
        out.number = 0;  // until all of it is there
        out = fixed->route;
    }
    out.path_info.assign(path_info);
    return fixed;
}

Outcome Mapper::map(const RequestView& request, request::Route& out, Trace* trace) {
    const WithoutWaiting without_waiting(mounts_.get(), serves_others_);
    base::Effort effort(kMappingTimeMax);
    if (request.is_measured) {
        effort.measure();
    }
    mapping_.trace = trace;
    rewriter_.trace(mapping_);
    mapping_.request = request;
    out.number = 0;
    auto outcome = answer(out);
    cost_ = effort.end();
    if (WithoutWaiting::has_given_up()) {
        outcome = Outcome();
        outcome.kind = Outcome::Kind::kWaitWanted;
        outcome.mounted_at = without_waiting.where();
    } else {
        fixed_.learn(mapping_, outcome, out);
    }
    return outcome;
}

Outcome Mapper::answer(request::Route& out) {
    Walk& walk = mapping_.walk;
    const RequestView& request = mapping_.request;
    walk.request = &mapping_.request;
    walk.config = &site_.config;
    walk.host = &site_.config.hosts[request.host];
    walk.query.assign(request.query);
    mapping_.asked.query = request.query;
    mapping_.asked.method = request.method;
    walk.filename.clear();
    walk.path_info.clear();
    walk.handler.clear();
    walk.environment.clear();
    walk.remote_user.clear();
    walk.redirect_status = 200;
    mapping_.headers.clear();
    mapping_.memory = {};
    walk.vary = &mapping_.memory.vary;
    mapping_.rounds = 0;
    const auto& settings = site_.config.hosts[request.host].settings;
    const auto& main = site_.config.hosts.front().settings;
    const auto verdict = normalise(
        request.path,
        walk.uri,
        settings.merge_slashes.value_or(main.merge_slashes.value_or(true)),
        // Unlike others, Apache does not inherit this one.
        settings.encoded_slashes.value_or(config::EncodedSlashes::kRefused)
    );
    mapping_.settings = nullptr;
    mapping_.fallback.is_taken = false;
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
    if (mapping_.trace != nullptr) {
        for (const auto& [name, value] : walk.environment.items()) {
            mapping_.note("environment", name + "=" + value);
        }
    }
    outcome.headers.insert(outcome.headers.end(), mapping_.headers.begin(), mapping_.headers.end());
    if (!mapping_.memory.vary.empty()) {
        outcome.headers.emplace_back(
            "Vary", fmt::format("{}", fmt::join(mapping_.memory.vary, ", "))
        );
    }
    return outcome;
}

Outcome Mapper::run(request::Route& out) {
    do {
        if (mapping_.rounds++ >= kRoundsMax) {
            return Outcome::page(
                500,
                fmt::format(
                    "more than {} redirections inside the server; the last one was to {}",
                    kRoundsMax,
                    mapping_.walk.uri
                )
            );
        }
        mapping_.starts_again = false;
        for (const auto phase :
             {&Mapper::start,
              &Mapper::translate,
              &Mapper::merge_sections,
              &Mapper::check_access,
              &Mapper::fix_up}) {
            if (auto answer = (this->*phase)()) {
                return *std::move(answer);
            }
            if (mapping_.starts_again) {
                break;
            }
        }
    } while (mapping_.starts_again);
    return handling_.handle(mapping_, out);
}

Answer Mapper::start() {
    Walk& walk = mapping_.walk;
    mapping_.settings = nullptr;
    if (mapping_.request.method == "TRACE") {
        return Outcome::page(405, "TRACE is not answered");
    }
    mapping_.mounted.mount = nullptr;
    const bool is_first = mapping_.rounds == 1 && walk.redirect_status == 200;
    walk.beginning = is_first ? Walk::Beginning::kRequest
                     : walk.filename.empty()
                         ? Walk::Beginning::kInternalRedirect  // redirect_internally() forgets it
                         : Walk::Beginning::kOtherName;
    walk.filename.clear();
    walk.path_info.clear();
    walk.handler.clear();
    walk.content_type.clear();
    mapping_.found_in = {};
    mapping_.collapsed_path.clear();
    mapping_.file.known_size = 0;
    const auto& base = sections_.base(mapping_.request.host);
    if (const auto set = set_early_variables(base.environment, walk); !set) {
        return Outcome::page(500, set.error().what);
    }
    return rewriter_.rewrite_url(site_.rewriting[mapping_.request.host].get(), mapping_);
}

// --- What holds for it

Answer Mapper::merge_sections() {
    Walk& walk = mapping_.walk;
    const bool has_directory = !walk.filename.empty() && !(mapping_.mounted.mount != nullptr &&
                                                           mapping_.mounted.mount->is_module);
    const auto directory = !has_directory ? std::string_view()
                           : mapping_.file.kind == FileKind::kDirectory
                               ? std::string_view(walk.filename)
                               : directory_of(walk.filename);
    auto& node = sections_.node(mapping_.request.host, directory);
    if (node.is_waiting) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::kFileWanted;
        return outcome;
    }
    if (!node.problem.empty()) {
        mapping_.settings = &node.settings;  // its ErrorDocument
        return Outcome::page(node.problem_status, node.problem);
    }
    auto merged = sections_.merge(node, walk, mapping_.trace);
    if (!merged) {
        return Outcome::page(500, merged.error().what);
    }
    mapping_.settings = *merged;
    mapping_.has_constant_settings = node.is_constant();
    mapping_.file.links =
        link_rule_of(mapping_.settings->options.bits(), node.looks_at_links_from, node.depth + 1);
    if (has_directory && !links_are_permitted(walk.filename, mapping_.file.links)) {
        return Outcome::page(403, "Symbolic link not allowed: " + walk.filename);
    }
    return std::nullopt;
}

Answer Mapper::check_access() {
    if (const auto set = set_section_variables(mapping_.settings->environment, mapping_.walk);
        !set) {
        return Outcome::page(500, set.error().what);
    }
    const auto verdict = decide(mapping_.settings->access, mapping_.walk);
    if (verdict.needs_remote_host) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::kRemoteHostWanted;
        return outcome;
    }
    if (mapping_.trace != nullptr) {
        mapping_.note("access", verdict.sentence(), {}, verdict.place);
    }
    if (verdict.status == 503) {
        return Outcome::page(verdict.status, "");  // whoever could not find it out says so
    }
    if (!verdict.is_granted()) {
        return Outcome::page(verdict.status, verdict.reason());
    }
    if (!mapping_.request.remote_host.value_or("").empty()) {
        mapping_.walk.environment.set("REMOTE_HOST", *mapping_.request.remote_host);
    }
    return std::nullopt;
}

Answer Mapper::fix_up() {
    if (auto answer = rewriter_.rewrite_file(mapping_); answer || mapping_.starts_again) {
        return answer;
    }
    if (const auto set = set_fixed_variables(mapping_.settings->environment, mapping_.walk); !set) {
        return Outcome::page(500, set.error().what);
    }
    const auto whole =
        std::ranges::find_if(mapping_.settings->redirects, &config::Redirect::is_whole);
    if (whole != mapping_.settings->redirects.end()) {
        return redirect_whole(*whole, mapping_);
    }
    if (auto answer = redirect(mapping_.settings->redirects, mapping_)) {
        return answer;
    }
    if (mapping_.mounted.mount == nullptr && mapping_.file.kind == FileKind::kDirectory) {
        return answer_for_directory(mapping_);
    }
    if (mapping_.mounted.mount == nullptr && mapping_.file.kind == FileKind::kMissing) {
        return answer_for_missing(mapping_);
    }
    return std::nullopt;
}

// --- ErrorDocument

Outcome Mapper::with_document(Outcome page, request::Route& out) {
    Walk& walk = mapping_.walk;
    // No file was looked for yet, but <Location> may say something.
    if (mapping_.settings == nullptr) {
        const auto merged =
            sections_.merge(sections_.node(mapping_.request.host, ""), walk, nullptr);
        mapping_.settings = merged ? *merged : &sections_.base(mapping_.request.host);
    }
    const auto& settings = *mapping_.settings;
    const auto found = settings.error_documents.find(page.status);
    if (found == settings.error_documents.end() || walk.redirect_status != 200) {
        return page;
    }
    const auto& document = found->second;
    using Kind = config::ErrorDocument::Kind;
    if (document.kind == Kind::kText) {
        auto text = value_of(*document.expression, walk).value_or(document.text);
        if (text.size() <= kDocumentMax) {
            page.body = std::move(text);
        } else {
            page.reason +=
                fmt::format("; and its ErrorDocument has grown beyond {} bytes", kDocumentMax);
        }
    } else if (document.kind == Kind::kUrl) {
        page.location = document.text;
        page.status = 302;
    } else if (document.kind == Kind::kLocalPath) {
        mapping_.note("handler", fmt::format("ErrorDocument {} {}", page.status, document.text));
        const auto question = document.text.find('?');
        // It becomes REDIRECT_REQUEST_METHOD.
        walk.environment.set("REQUEST_METHOD", mapping_.request.method);
        walk.redirect_status = page.status;
        redirect_internally(
            walk,
            document.text.substr(0, question),
            question == std::string::npos ? std::string() : document.text.substr(question + 1)
        );
        mapping_.request.method = "GET";
        mapping_.fallback.is_taken = false;
        if (!page.allow.empty()) {
            // A 405 must have one (RFC 9110 section 15.5.6).
            mapping_.headers.emplace_back("Allow", page.allow);
        }
        auto shown = run(out);
        if (shown.kind != Outcome::Kind::kPage) {
            shown.reason = page.reason;
            return shown;
        }
        page.reason += fmt::format("; and its ErrorDocument {}: {}", document.text, shown.reason);
    }
    return page;
}

}  // namespace site
