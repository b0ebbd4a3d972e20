// Mapper: a request meets the configuration. The phases are Apache's, in its order: rewriting and
// translation of the URL, the walk to the file, the sections, access, the environment, rewriting
// per directory, the handler, the groups. One per event loop and generation, as it keeps what it
// has merged; the configuration and what is made of it outlive it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "core/base/foreign/file_systems.h"
#include "core/request/route.h"
#include "core/site/conditions/trace.h"
#include "core/site/conditions/walk.h"
#include "core/site/map/fixed_routes.h"
#include "core/site/map/handling.h"
#include "core/site/map/mapping.h"
#include "core/site/map/outcome.h"
#include "core/site/map/rewriter.h"
#include "core/site/map/site.h"
#include "core/site/map/translation.h"
#include "core/site/sections/sections.h"

namespace site {

class Mapper {
public:
    explicit Mapper(const Site& site);

    // Once per turn of the loop: sees .htaccess files that have changed.
    void refresh() { sections_.refresh(); }
    // Which threads read .htaccess files, and whom they tell that refresh() has news; without them,
    // map() waits for such files.
    void read_beside(HtaccessReader::Threads threads) { sections_.read_beside(std::move(threads)); }
    // From now on map() waits for none of the file systems that may never answer. Null: for all.
    void do_not_wait_for(std::shared_ptr<const base::MountTable> mounts);
    // Whether others wait for this thread: then map() asks no name service, and reads no file of a
    // RewriteMap, but says kWaitWanted. It is told what another mapper of the same Site finds out.
    void serve_others(bool does) { serves_others_ = does; }
    // How many .htaccess files those threads have read so far.
    [[nodiscard]] std::uint64_t read_count() const { return sections_.read_count(); }

    // What map() would say, at once, where that is a script with a route that is known already:
    // then `out` is filled, which costs next to nothing where it had the same before. Null: map()
    // is to be asked. Valid until the next call.
    [[nodiscard]] const FixedRoute* find_fixed(const FixedQuestion& question, request::Route& out);
    // Fills `out`, whose strings keep their memory: a route to a file allocates nothing once they
    // have grown. When the outcome is no script, `out` means nothing. `trace` may be null.
    [[nodiscard]] Outcome map(
        const RequestView& request, request::Route& out, Trace* trace = nullptr
    );
    // What it has cost this thread's processor to map the last request, as far as its rules had to
    // be looked at; exactly where the question was `is_measured`, else roughly.
    [[nodiscard]] std::chrono::nanoseconds cost() const { return cost_; }
    // As far as the request that was mapped last has come.
    [[nodiscard]] const Walk& walk() const { return mapping_.walk; }

private:
    Outcome answer(request::Route& out);
    // One way through all phases; a redirection inside the server starts another.
    Outcome run(request::Route& out);
    Answer start();
    Answer translate() { return translation_.translate(mapping_); }
    Answer merge_sections();
    Answer check_access();
    Answer fix_up();
    Outcome with_document(Outcome page, request::Route& out);

    const Site& site_;
    Sections sections_;
    FixedRoutes fixed_;
    Rewriter rewriter_;
    const Translation translation_;
    const Handling handling_;
    std::shared_ptr<const base::MountTable> mounts_;
    bool serves_others_ = false;
    std::chrono::nanoseconds cost_{0};
    Mapping mapping_;  // of the last request
};

}  // namespace site
