// Handling: who answers a request whose file and settings are known: a script, in which groups, or
// the server with the file. One per mapper.
#pragma once

#include "core/request/route.h"
#include "core/site/map/groups.h"
#include "core/site/map/mapping.h"
#include "core/site/map/site.h"

namespace site {

// What is written about the groups and the callable of the script that is mounted there, or that
// the file itself is.
GroupChoice choice_of(const Mapping& mapping);

class Handling {
public:
    explicit Handling(const Site& site) : site_(site) {}

    // Fills `out` where a script answers.
    Outcome handle(Mapping& mapping, request::Route& out) const;

private:
    Outcome run_script(const Mapping& mapping, request::Route& out) const;
    Outcome run_handler_script(
        const config::HandlerScript& script, const Mapping& mapping, request::Route& out
    ) const;
    // Nothing: `out` has them, and `dispatch` who is to be asked first.
    Answer choose_groups(
        const GroupChoice& choice,
        const Mapping& mapping,
        request::Route& out,
        std::optional<request::Dispatch>& dispatch
    ) const;
    Outcome send_file(Mapping& mapping) const;

    const Site& site_;
};

}  // namespace site
