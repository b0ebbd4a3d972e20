// Dispatcher: from a request whose head has been read to whoever answers it. Inquiry says what the
// configuration makes of it; it is handed over here, once a dispatch script has been asked and its
// body is there where that is due. Of one generation, whose requests alone it sees; what it refers
// to outlives it. Loop thread only.
//
// A request may be mapped several times: again when its client's name or a .htaccess file is there,
// and once more for the ErrorDocument of an answer that has failed before its head.
#pragma once

#include <memory>

#include "core/server/dispatch/inquiry.h"
#include "core/server/dispatch/loop_parts.h"
#include "core/server/dispatch/pool_patience.h"
#include "core/server/dispatch/request_log.h"
#include "core/server/dispatch/slot.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/served/served.h"

namespace server {

class Dispatcher final : private Inquiry::Follower {
public:
    Dispatcher(
        const LoopParts& parts,
        const Served& served,
        std::shared_ptr<SideMappers> side_mappers,
        DaemonGroups& groups,
        const RequestLog& log
    );

    [[nodiscard]] Inquiry& inquiry() { return inquiry_; }

    void dispatch(Exchange& exchange);
    // More of the body of a request that is deferred, or its end.
    void on_body_arrived(Exchange& exchange);
    // Whoever was to answer could not, and nothing has been said: the ErrorDocument of `status`, or
    // a page.
    void answer_failure(Exchange& exchange, int status);
    // The client has gone. The exchange is released when whoever has it has given it back.
    void abandon(Exchange& exchange);

    // A pool thread has news of it.
    void on_pool_news(Slot& slot);

private:
    // Inquiry::Follower
    void follow(Exchange& exchange, const site::FixedRoute& fixed) override;
    void follow(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk) override;

    void add_headers(Exchange& exchange, site::Outcome& outcome);
    void log_reason(const Exchange& exchange, const site::Outcome& outcome);
    void dispatch_to_script(Exchange& exchange);
    [[nodiscard]] bool must_wait_for_body(Exchange& exchange) const;
    [[nodiscard]] bool may_hold_body_back(Exchange& exchange) const;
    void submit(Exchange& exchange);
    void ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch);
    void on_script_answered(Exchange& exchange);
    void follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch);
    void on_pool_late(Slot& slot, bool says_nothing);
    void end_late_application(Slot& slot, bool says_nothing);

    const LoopParts parts_;
    const Served& served_;
    DaemonGroups& groups_;
    const RequestLog& log_;
    Inquiry inquiry_;
    PoolPatience patience_;
    loop::Clock::time_point tells_of_crowd_from_{};
};

}  // namespace server
