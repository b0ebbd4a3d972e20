// One event loop of a server process and everything that belongs to it: the connections that it has
// accepted, their exchanges, and its part of the generations by which they are served. Made by the
// server process's main thread; run() and all below it happen on the loop's own thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/client/acceptor.h"
#include "core/server/client/connection.h"
#include "core/server/client/connection_list.h"
#include "core/server/dispatch/after_crowd.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/generations.h"
#include "core/server/dispatch/locator.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/inbox.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/served/served.h"

namespace server {

class LoopThread final : public Acceptor::Host,
                         public Connection::Host,
                         public LoopGeneration::Host,
                         public DaemonStream::Host,
                         public Exchange::Owner,
                         public loop::TurnEnd {
public:
    using TellGroups = std::function<void(DaemonGroups& groups)>;
    // What it shares with the other loops of the process; outlives it.
    struct Shared {
        std::shared_ptr<const Served> served;  // to begin with
        Budgets& budgets;
        PoolFeed::Pool* pool;  // null: nothing runs in embedded mode
        SideMapper& side_mapper;
        // The supervisor is to be told of a link that broke.
        std::function<void(const ipc::Link& link)> report_lost;
        NameResolver::Start start_resolver = &NameResolver::start_thread;
        int loops = 1;  // of the process
    };

    // The endpoints outlive it, but for their descriptors: it listens on duplicates of its own.
    static base::Result<std::unique_ptr<LoopThread>> create(
        const Shared& shared, const std::vector<Endpoint>& endpoints
    );

    // The loop's own thread.
    void run();

    // Any thread. Accepts nothing more, lets running requests finish, and ends run() after that.
    void drain();
    // Any thread. What begins from now on is served by this; what has begun is not, and the
    // generation that it holds ends with it.
    void adopt(std::shared_ptr<const Served> served);
    // Any thread: what the supervisor says of the groups of `served`, to its loop's part of that
    // generation. Nobody is told where it has ended.
    void tell_groups(std::shared_ptr<const Served> served, TellGroups tell);
    [[nodiscard]] Inbox& inbox() { return inbox_; }
    // Which back-end serves, and why it is not io_uring; for the log.
    [[nodiscard]] const std::string& io() const { return io_; }

    [[nodiscard]] const ExchangeTable& exchanges() const { return exchanges_; }
    [[nodiscard]] const Generations& generations() const { return generations_; }
    [[nodiscard]] const BodyRoom& bodies() const { return bodies_; }

    // Acceptor::Host
    void add(base::Fd socket, const Endpoint& endpoint) override;

    // Connection::Host; log_client() and is_draining() for those below, too.
    [[nodiscard]] const Generation::Hold& generation() const override {
        return generations_.held();
    }
    [[nodiscard]] bool is_draining() const override { return is_draining_; }
    void remove(Connection& connection) override { connections_.remove(connection); }
    void on_pipelining_full() override;
    [[nodiscard]] Exchange& take_exchange() override {
        after_crowd_.note();
        return exchanges_.take();
    }
    void release_exchange(Exchange& exchange) override { exchanges_.release(exchange); }
    void abandon(Exchange& exchange) override { dispatcher_of(exchange).abandon(exchange); }
    void note_begin(Exchange& exchange) override;
    const ServedHost& locate(Exchange& exchange, const Connection& connection) override;
    void dispatch(Exchange& exchange) override { dispatcher_of(exchange).dispatch(exchange); }
    void on_body_arrived(Exchange& exchange) override {
        dispatcher_of(exchange).on_body_arrived(exchange);
    }
    void answer_failure(Exchange& exchange, int status) override {
        dispatcher_of(exchange).answer_failure(exchange, status);
    }
    void give_page(Exchange& exchange) override;
    std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) override;
    [[nodiscard]] http::HeadContext head_context(Exchange& exchange) const override;
    void note_head(Exchange& exchange, std::string_view text) override {
        LoopGeneration::of(exchange).log().note_head(exchange, text);
    }
    void log_access(Exchange& exchange, const Connection& connection, AfterAnswer after) override {
        LoopGeneration::of(exchange).log().add(exchange, connection, after);
    }
    void log_client(const Exchange& exchange, base::LogLevel level, const std::string& message)
        override {
        LoopGeneration::of(exchange).log().say(exchange, level, message);
    }

    // LoopGeneration::Host, DaemonStream::Host
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const Exchange& exchange) const override {
        return exchange.generation->served().hosts[exchange.host].timeout;
    }
    void forget(DaemonStream& stream) override {
        LoopGeneration::of(stream.exchange()).groups().forget(stream);
    }
    void on_link_ended() override { stop_if_drained(); }
    void on_link_lost(const ipc::Link& link) override { shared_.report_lost(link); }

    // loop::TurnEnd
    std::optional<std::chrono::nanoseconds> on_turn_end() override;

private:
    LoopThread(const Shared& shared, std::unique_ptr<loop::Loop> loop);
    static Dispatcher& dispatcher_of(const Exchange& exchange) {
        return LoopGeneration::of(exchange).dispatcher();
    }
    void take_news();
    void stop_if_drained();
    void tell_what_holds_up();

    // Fixed at construction.
    const Shared shared_;
    const std::unique_ptr<loop::Loop> loop_;
    std::string io_;

    Inbox inbox_;  // any thread

    // Loop thread.
    TurnClock clock_;
    Locator locator_;
    PoolFeed pool_;
    BodyRoom bodies_;
    ExchangeTable exchanges_;
    AfterCrowd after_crowd_;
    NameResolver names_;
    Generations generations_;
    MountWatch mounts_;
    ConnectionList connections_;
    std::deque<Acceptor> acceptors_;
    bool is_draining_ = false;
    loop::TimerFor<&LoopThread::tell_what_holds_up> tell_{*this};  // while it drains
    bool holds_back_ = false;    // has told all connections, and too much is still pipelined
    std::vector<Ticket> taken_;  // in take_news()
    std::vector<NameResolver::Found> found_;
};

}  // namespace server
