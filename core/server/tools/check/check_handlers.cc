// Of `hoopsnake -t` and `migrate`: handlers and media types that nobody here implements.
#include <fmt/format.h>

#include <set>

#include "core/config/directives/foreign_handlers.h"
#include "core/server/tools/check/checks.h"
#include "core/server/tools/check/configuration_check.h"

namespace server {
namespace {

using config::HandlerMeaning;
using Kind = config::Finding::Kind;

class HandlerSearch {
public:
    explicit HandlerSearch(const config::Config& server) {
        for (const auto& section : server.sections) {
            for (const auto& script : section.settings.handler_scripts) {
                defined_.insert(script.name);
            }
        }
    }

    void look_at(const config::Section& section) {
        host_ = section.host;
        const auto& settings = section.settings;
        look_at_handler("SetHandler", settings.handler.value_or(""), settings.handler_place);
        look_at_type("ForceType", settings.force_type.value_or(""), settings.force_type_place);
        for (const auto& rule : settings.handlers) {
            look_at_handler("AddHandler", rule.value, rule.place);
        }
        for (const auto& rule : settings.types) {
            look_at_type("AddType", rule.value, rule.place);
        }
        for (const auto& rule : settings.rewriting.rules) {
            look_at_handler("RewriteRule [H]", rule.handler, rule.place);
            look_at_type("RewriteRule [T]", rule.content_type, rule.place);
        }
    }
    [[nodiscard]] std::vector<config::Finding> take() { return std::move(findings_); }

private:
    void look_at_handler(
        std::string_view directive, const std::string& name, const config::Place& place
    ) {
        // What a request completes is known only then.
        if (name.empty() || name.find_first_of("%$") != std::string::npos ||
            defined_.contains(name)) {
            return;
        }
        switch (config::meaning_of_handler(name)) {
            case HandlerMeaning::kOurs:
                break;
            case HandlerMeaning::kNegotiation:
                say(Kind::kRemark,
                    place,
                    fmt::format(
                        "{}: \"{}\": names of files are not negotiated here; such a file is "
                        "answered with 403",
                        directive,
                        name
                    ));
                break;
            case HandlerMeaning::kElsewhere:
                say(Kind::kProblem,
                    place,
                    fmt::format(
                        "{}: \"{}\" is a handler that does not exist here; what it is for is "
                        "answered with 403, and never sent as a file",
                        directive,
                        name
                    ));
                break;
            case HandlerMeaning::kUnknown:
                say(Kind::kProblem,
                    place,
                    fmt::format(
                        "{}: no WSGIHandlerScript is called \"{}\"; what it is for is answered "
                        "with 500",
                        directive,
                        name
                    ));
        }
    }

    // A media type is a handler, too, where Apache runs files of it.
    void look_at_type(
        std::string_view directive, const std::string& type, const config::Place& place
    ) {
        if (config::is_run_elsewhere(type)) {
            look_at_handler(directive, type, place);
        }
    }

    void say(Kind kind, const config::Place& place, std::string sentence) {
        // A line with many extensions is told once.
        if (told_.insert(place.text() + sentence).second) {
            findings_.push_back({kind, host_, place, std::move(sentence)});
        }
    }

    std::set<std::string> defined_;
    std::set<std::string> told_;
    std::uint32_t host_ = 0;
    std::vector<config::Finding> findings_;
};

}  // namespace

std::vector<config::Finding> find_foreign_handlers(
    const config::Config& config, const config::Config& server
) {
    HandlerSearch search(server);
    for (const auto& section : config.sections) {
        search.look_at(section);
    }
    return search.take();
}

void check_handlers(const config::Config& config, Report& report) {
    report.add(find_foreign_handlers(config, config));
}

}  // namespace server
