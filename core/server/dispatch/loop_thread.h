// One event loop of a server process and everything that belongs to it: the connections that it has
// accepted, their exchanges, its ends of the socketpairs to the daemon processes, and its part of
// the access logs. Made by the server process's main thread; run() and all below it happen on the
// loop's own thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/client/acceptor.h"
#include "core/server/client/connection.h"
#include "core/server/client/connection_list.h"
#include "core/server/dispatch/after_crowd.h"
#include "core/server/dispatch/dispatcher.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/locator.h"
#include "core/server/dispatch/request_log.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/inbox.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/served/served.h"

namespace server {

class LoopThread final : public Acceptor::Host,
                         public Connection::Host,
                         public DaemonGroups::Host,
                         public DaemonStream::Host,
                         public Exchange::Owner,
                         public loop::TurnEnd {
public:
    // `pool` is null where nothing runs in embedded mode. All arguments outlive it, but for the
    // endpoints' descriptors: it listens on duplicates of its own.
    static base::Result<std::unique_ptr<LoopThread>> create(
        const Served& served,
        const std::vector<Endpoint>& endpoints,
        PoolFeed::Pool* pool,
        SideMapper& side_mapper
    );

    // The loop's own thread.
    void run();

    // Any thread. Accepts nothing more, lets running requests finish, and ends run() after that.
    void drain();
    [[nodiscard]] Inbox& inbox() { return inbox_; }
    // Which back-end serves, and why it is not io_uring; for the log.
    [[nodiscard]] const std::string& io() const { return io_; }

    // The links to daemon processes, for the main thread too.
    [[nodiscard]] DaemonGroups& groups() { return groups_; }

    [[nodiscard]] const ExchangeTable& exchanges() const { return exchanges_; }

    // Acceptor::Host
    void add(base::Fd socket, const Endpoint& endpoint) override;

    // Connection::Host; log_client() and is_draining() for links, too.
    [[nodiscard]] bool is_draining() const override { return is_draining_; }
    void remove(Connection& connection) override { connections_.remove(connection); }
    void on_pipelining_full() override;
    [[nodiscard]] Exchange& take_exchange() override {
        after_crowd_.note();
        return exchanges_.take();
    }
    void release_exchange(Exchange& exchange) override { exchanges_.release(exchange); }
    void abandon(Exchange& exchange) override { dispatcher_.abandon(exchange); }
    void note_begin(Exchange& exchange) override;
    const ServedHost& locate(Exchange& exchange, const Connection& connection) override;
    void dispatch(Exchange& exchange) override { dispatcher_.dispatch(exchange); }
    void on_body_arrived(Exchange& exchange) override { dispatcher_.on_body_arrived(exchange); }
    void answer_failure(Exchange& exchange, int status) override {
        dispatcher_.answer_failure(exchange, status);
    }
    void give_page(Exchange& exchange) override;
    std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) override;
    [[nodiscard]] http::HeadContext head_context(Exchange& exchange) const override;
    void note_head(Exchange& exchange, std::string_view text) override {
        log_.note_head(exchange, text);
    }
    void log_access(Exchange& exchange, const Connection& connection, AfterAnswer after) override {
        log_.add(exchange, connection, after);
    }
    void log_client(const Exchange& exchange, base::LogLevel level, const std::string& message)
        override {
        log_.say(exchange, level, message);
    }

    // DaemonGroups::Host, DaemonStream::Host
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const Exchange& exchange) const override {
        return served_.hosts[exchange.host].timeout;
    }
    void forget(DaemonStream& stream) override { groups_.forget(stream); }
    void on_link_ended() override { stop_if_drained(); }

    // loop::TurnEnd
    std::optional<std::chrono::nanoseconds> on_turn_end() override;

private:
    LoopThread(
        const Served& served,
        PoolFeed::Pool* pool,
        SideMapper& side_mapper,
        std::unique_ptr<loop::Loop> loop
    );
    void stop_if_drained();
    void tell_what_holds_up();

    // Fixed at construction.
    const Served& served_;
    const std::unique_ptr<loop::Loop> loop_;
    std::string io_;

    Inbox inbox_;  // any thread

    // Loop thread.
    TurnClock clock_;
    RequestLog log_;
    Locator locator_;
    PoolFeed pool_;
    ExchangeTable exchanges_;
    AfterCrowd after_crowd_;
    DaemonGroups groups_;
    Dispatcher dispatcher_;
    ConnectionList connections_;
    std::deque<Acceptor> acceptors_;
    bool is_draining_ = false;
    loop::TimerFor<&LoopThread::tell_what_holds_up> tell_{*this};  // while it drains
    bool holds_back_ = false;  // has told all connections, and too much is still pipelined
};

}  // namespace server
