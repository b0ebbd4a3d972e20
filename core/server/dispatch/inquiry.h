// Inquiry: what the configuration makes of a request. Its mapper says so at once, or what has to be
// found out first (Exchange::phase says it, too): the name of the client's host, a .htaccess file,
// or all of it in another thread (Aside). Then the request waits, and is mapped again when that is
// there; whose client has gone meanwhile is nobody's. Of one generation. Loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/server/dispatch/aside.h"
#include "core/server/dispatch/aside/mount_watch.h"
#include "core/server/dispatch/awaited_names.h"
#include "core/server/dispatch/loop_parts.h"
#include "core/server/dispatch/request_log.h"
#include "core/server/dispatch/slot.h"
#include "core/server/served/served.h"
#include "core/site/map/mapper.h"

namespace server {

class Inquiry {
public:
    // Who goes on with it.
    class Follower {
    public:
        virtual ~Follower() = default;
        // The script of its route.
        virtual void follow(Exchange& exchange, const site::FixedRoute& fixed) = 0;
        // Nothing is left to be found out: a script, a file or a page.
        virtual void follow(
            Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk
        ) = 0;
    };

    Inquiry(
        const LoopParts& parts,
        const Served& served,
        std::shared_ptr<SideMappers> side_mappers,
        const RequestLog& log,
        Follower& follower
    );

    // From now on its mapper waits for none of these file systems.
    void do_not_wait_for(const MountWatch::Mounts& mounts) { mapper_.do_not_wait_for(mounts); }
    // The clock is fresh, and so is what the mapper knows of .htaccess files.
    void refresh();

    void map(Exchange& exchange);

    // What other threads had to tell; take_news() at the end of a turn.
    void on_name_found(Exchange& exchange, ClientName name, AwaitedNames::End end);
    void take_news();

private:
    [[nodiscard]] const site::FixedRoute* find_fixed(Exchange& exchange);
    void heed(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk);
    void find_remote_host(Exchange& exchange);
    void go_on_with_name(Exchange& exchange, ClientName name, std::string_view why_not);
    void map_aside(Exchange& exchange, const site::Outcome* wish);
    void on_mapped(Slot& slot);
    void on_not_mapped(Slot& slot);
    void take_files();

    const LoopParts parts_;
    const RequestLog& log_;
    Follower& follower_;
    site::Mapper mapper_;
    Aside aside_;
    AwaitedNames names_;
    std::uint64_t refreshed_in_ = 0;         // which turn
    std::vector<Ticket> waiting_for_files_;  // that the mapper's thread reads
    std::uint64_t files_read_ = 0;           // when they were last gone through
    bool has_told_refusal_ = false;          // of the crowd that is being refused
    std::vector<loop::Clock::time_point> tells_of_names_from_;  // by host
};

}  // namespace server
