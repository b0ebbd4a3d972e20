// A loop's part of a generation: what looks the configuration up, the links to its daemon
// processes, the lines for its logs. Requests that have begun by it are answered by it; it ends,
// and its links close, when the loop has a newer one and nobody holds it any more. Loop thread
// only.
//
//     newest ─ adopt() of another ─→ held ─ the last Hold ─→ ending ─ links and lines are gone ─→
//     over
#pragma once

#include <memory>

#include "core/server/dispatch/dispatcher.h"
#include "core/server/dispatch/loop_parts.h"
#include "core/server/dispatch/request_log.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/served/generation.h"
#include "core/server/served/served.h"

namespace server {

class LoopGeneration final : public Generation, public DaemonGroups::Host {
public:
    // The event loop's thread that it is part of.
    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] virtual bool is_draining() const = 0;
        // There is a link less.
        virtual void on_link_ended() = 0;
        // And it was not we who wanted that.
        virtual void on_link_lost(const ipc::Link& link) = 0;
    };

    LoopGeneration(Host& host, const LoopParts& parts, std::shared_ptr<const Served> served);

    // That of a request.
    static LoopGeneration& of(const Exchange& exchange) {
        return static_cast<LoopGeneration&>(*exchange.generation);
    }

    [[nodiscard]] Dispatcher& dispatcher() { return dispatcher_; }
    [[nodiscard]] DaemonGroups& groups() { return groups_; }
    [[nodiscard]] RequestLog& log() { return log_; }

    // At the end of a turn, once there is a newer one.
    void end_unless_held();
    // It may be destroyed.
    [[nodiscard]] bool is_over() const { return is_over_; }

    // DaemonGroups::Host
    [[nodiscard]] bool is_draining() const override { return is_ending_ || host_.is_draining(); }
    void on_link_ended() override { host_.on_link_ended(); }
    void on_link_lost(const ipc::Link& link) override { host_.on_link_lost(link); }

private:
    Host& host_;
    const std::shared_ptr<const Served> served_;
    RequestLog log_;
    DaemonGroups groups_;
    Dispatcher dispatcher_;
    bool is_ending_ = false;
    bool is_over_ = false;
};

}  // namespace server
