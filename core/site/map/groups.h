// The process group, the application group and the callable of a request, as mod_wsgi
// finds them. Immutable once built from a Config, which outlives it; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/config/model/config.h"
#include "core/request/route.h"
#include "core/site/conditions/walk.h"
#include "core/site/map/outcome.h"

namespace site {

// What the configuration says, in the words that were written.
struct GroupChoice {
    const std::string* process_group = nullptr;
    const std::string* application_group = nullptr;
    const std::string* callable = nullptr;
    const std::vector<std::string>* restrict_process = nullptr;  // null: any
    const config::DispatchScript* dispatch_script = nullptr;     // null: what is written holds
};

class Groups {
public:
    // What of a request decides what choose() makes of a choice, besides its virtual host and its
    // script's name.
    enum class Needs : std::uint8_t {
        kNothing,
        kLocalPort,  // where the connection arrived
        kMore,
    };

    explicit Groups(const config::Config& config);

    // Fills the names in `out`, whose script_name is known, and `dispatch` where a script is to be
    // asked first. Else the page that answers instead.
    std::optional<Outcome> choose(
        const GroupChoice& choice,
        const Walk& walk,
        request::Route& out,
        std::optional<request::Dispatch>& dispatch
    ) const;

    [[nodiscard]] Needs needs_of(const GroupChoice& choice, std::uint32_t host) const;

    // The dispatch script of that outcome has been asked: the same with what it has said. `route`
    // is what choose() made of `request`.
    std::optional<Outcome> choose_again(
        const request::Dispatch& dispatch, const RequestView& request, request::Route& route
    ) const;

private:
    // Where the values of tokens come from.
    struct Source {
        const RequestView& request;
        const request::Variables& environment;
    };
    std::optional<std::string> complete(
        const std::string& written,
        const Source& source,
        const request::Route& route,
        std::string& out
    ) const;
    std::optional<Outcome> complete_groups(
        const std::string* process_group,
        const std::string* application_group,
        const Source& source,
        request::Route& out
    ) const;
    std::optional<Outcome> check(
        const std::vector<std::string>* restrict_process,
        const RequestView& request,
        const request::Route& out
    ) const;

    const config::Config& config_;
    std::unordered_map<std::string, const config::DaemonGroup*> daemon_groups_;
};

}  // namespace site
