// Dispatcher: from a request whose head has been read to whoever answers it. It asks the mapper
// what the configuration makes of the request, lets it wait where something has to be found out
// first (Exchange::phase says what for), and hands it over. Loop thread only; lives as long as its
// loop thread, as does all that it refers to.
//
// A request may come to the mapper several times: again when its client's name or a .htaccess file
// is there, and once more for the ErrorDocument of an answer that has failed before its head.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside.h"
#include "core/server/dispatch/aside/lookups.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/request_log.h"
#include "core/server/dispatch/slot.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/served/served.h"
#include "core/site/map/mapper.h"

namespace server {

class Dispatcher {
public:
    struct Surroundings {
        const Served& served;
        loop::Loop& loop;
        ExchangeTable& exchanges;
        DaemonGroups& groups;
        PoolFeed& pool;
        RequestLog& log;
        TurnClock& clock;
        SideMapper& side_mapper;
    };

    // `start`: how threads are started that look names up.
    explicit Dispatcher(
        const Surroundings& around, NameResolver::Start start = &NameResolver::start_thread
    );

    // As Aside has them.
    void start() { aside_.start(); }
    void stop() { aside_.stop(); }
    [[nodiscard]] bool is_stopped() const { return aside_.is_stopped(); }

    // The clock is fresh, and so is what the mapper knows of .htaccess files.
    void refresh();

    void dispatch(Exchange& exchange);
    // More of the body of a request that is deferred, or its end.
    void on_body_arrived(Exchange& exchange);
    // Whoever was to answer could not, and nothing has been said: the ErrorDocument of `status`, or
    // a page.
    void answer_failure(Exchange& exchange, int status);
    // The client has gone. The exchange is released when whoever has it has given it back.
    void abandon(Exchange& exchange);

    // At the end of a turn: what other threads had to tell.
    void take_news(Inbox& inbox);

private:
    void map(Exchange& exchange);
    void map_aside(Exchange& exchange, const site::Outcome* wish);
    void on_mapped(Slot& slot);
    void on_not_mapped(Slot& slot);
    void follow(Exchange& exchange, site::Outcome outcome, const site::Walk& walk);
    void add_headers(Exchange& exchange, site::Outcome& outcome);
    void log_reason(const Exchange& exchange, const site::Outcome& outcome);
    void dispatch_to_script(Exchange& exchange);
    [[nodiscard]] bool must_wait_for_body(Exchange& exchange) const;
    void submit(Exchange& exchange);
    void find_remote_host(Exchange& exchange);
    void ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch);
    void on_script_answered(Exchange& exchange);
    void follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch);
    void on_looked_up(Ticket ticket, std::optional<std::string> name);
    void go_on(Exchange& exchange);

    const Surroundings around_;
    site::Mapper mapper_;
    Lookups lookups_;
    Aside aside_;
    std::vector<Ticket> taken_;
    bool has_told_refusal_ = false;  // of the crowd that is being refused
};

}  // namespace server
