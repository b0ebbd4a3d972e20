// Dispatcher: from a request whose head has been read to whoever answers it. It asks the mapper
// what the configuration makes of the request, lets it wait where something has to be found out
// first (Exchange::phase says what for), and hands it over. Of one generation, whose requests alone
// it sees; what it refers to outlives it. Loop thread only.
//
// A request may come to the mapper several times: again when its client's name or a .htaccess file
// is there, and once more for the ErrorDocument of an answer that has failed before its head.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside.h"
#include "core/server/dispatch/aside/mount_watch.h"
#include "core/server/dispatch/aside/name_resolver.h"
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
        NameResolver& names;
        SideMapper& side_mapper;
        std::shared_ptr<SideMappers> side_mappers;
    };

    explicit Dispatcher(const Surroundings& around);

    // From now on its mapper waits for none of these file systems.
    void do_not_wait_for(const MountWatch::Mounts& mounts) { mapper_.do_not_wait_for(mounts); }
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

    // What a pool thread had to tell of a request, or whoever looks names up of its client.
    void on_pool_news(Exchange& exchange);
    void on_name_found(Exchange& exchange, std::string name);
    // At the end of a turn: what other threads had to tell.
    void take_news();

private:
    void map(Exchange& exchange);
    void map_aside(Exchange& exchange, const site::Outcome* wish);
    void on_mapped(Slot& slot);
    void on_not_mapped(Slot& slot);
    void follow(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk);
    void add_headers(Exchange& exchange, site::Outcome& outcome);
    void log_reason(const Exchange& exchange, const site::Outcome& outcome);
    void dispatch_to_script(Exchange& exchange);
    [[nodiscard]] bool must_wait_for_body(Exchange& exchange) const;
    [[nodiscard]] bool may_hold_body_back(Exchange& exchange) const;
    void submit(Exchange& exchange);
    void find_remote_host(Exchange& exchange);
    void ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch);
    void on_script_answered(Exchange& exchange);
    void follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch);
    void take_files();
    void go_on(Exchange& exchange);

    const Surroundings around_;
    site::Mapper mapper_;
    Aside aside_;
    std::uint64_t refreshed_in_ = 0;         // which turn
    std::vector<Ticket> waiting_for_files_;  // that the mapper's thread reads
    std::uint64_t files_read_ = 0;           // when they were last gone through
    bool has_told_refusal_ = false;          // of the crowd that is being refused
};

}  // namespace server
