// A Slot: an exchange with everybody who may answer it or have it meanwhile. They are made once and
// used again for many requests, so that a request allocates nothing. Loop thread only, but for the
// parts of EmbeddedTask that say otherwise. The rooms below know the exchange and the part that is
// theirs; only this room sees all of it. Whoever else is to answer over time becomes a member here,
// and reset() ends what it may still hold.
#pragma once

#include "core/server/answer/exchange.h"
#include "core/server/dispatch/aside/deferred.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/dispatch/aside/side_mapper.h"
#include "core/server/embedded/embedded_task.h"
#include "core/server/embedded/inbox.h"
#include "core/server/links/daemon_stream.h"

namespace server {

class Slot final : public Exchange {
public:
    // Where it lives; all of it outlives the slot.
    struct Home {
        Exchange::Owner& owner;
        DaemonStream::Host& links;
        BodyRoom& bodies;
        Inbox& inbox;
        FileRoom& files;
    };

    explicit Slot(const Home& home)
        : Exchange(home.owner),
          embedded(home.inbox, home.files, parcel),
          daemon(*this, home.links),
          deferred(*this, home.bodies) {}

    // Every exchange of an event loop is part of one.
    static Slot& of(Exchange& exchange) { return static_cast<Slot&>(exchange); }

    EmbeddedTask embedded;
    DaemonStream daemon;
    Deferred deferred;

    loop::Clock::time_point submitted{};  // to the pool of this process: PoolPatience's
    std::shared_ptr<SideJob> aside;       // what is being found out, or has been, in another thread
    std::shared_ptr<NameQuestion> name;   // likewise: its client's name

    void reset() {
        Exchange::reset();
        if (aside != nullptr) {
            aside->is_dropped = true;
            aside.reset();
        }
        if (name != nullptr) {
            name->is_dropped = true;
            name.reset();
        }
        embedded.let_go();
    }
};

}  // namespace server
