// One event loop of a server process and everything that belongs to it: the connections that it has
// accepted, their exchanges, its ends of the socketpairs to the daemon processes, and its part of
// the access logs. Made by the server process's main thread; run() and all below it happen on the
// loop's own thread.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/client/acceptor.h"
#include "core/server/client/connection.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/name_resolver.h"
#include "core/server/dispatch/slot.h"
#include "core/server/embedded/embedded_pool.h"
#include "core/server/embedded/inbox.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/logs/access_log.h"
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
        const Served& served, const std::vector<Endpoint>& endpoints, EmbeddedPool* pool
    );
    ~LoopThread() override;

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
    void remove(Connection& connection) override;
    [[nodiscard]] Exchange& take_exchange() override { return exchanges_.take(); }
    void release_exchange(Exchange& exchange) override { exchanges_.release(exchange); }
    void abandon(Exchange& exchange) override;
    void note_begin(Exchange& exchange) override;
    const ServedHost& locate(Exchange& exchange, const Connection& connection) override;
    void dispatch(Exchange& exchange) override;
    void on_body_arrived(Exchange& exchange) override;
    void answer_failure(Exchange& exchange, int status) override;
    void give_page(Exchange& exchange) override;
    std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) override;
    [[nodiscard]] http::HeadContext head_context(Exchange& exchange) const override;
    void note_head(Exchange& exchange, std::string_view text) override;
    void log_access(Exchange& exchange, const Connection& connection, AfterAnswer after) override;
    void log_client(const Exchange& exchange, base::LogLevel level, const std::string& message)
        override;

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
    LoopThread(const Served& served, EmbeddedPool* pool, std::unique_ptr<loop::Loop> loop);
    void stop_if_drained();
    void add_headers(Exchange& exchange, site::Outcome& outcome);
    void map(Exchange& exchange);
    void follow(Exchange& exchange, site::Outcome outcome);
    void log_reason(Exchange& exchange, const site::Outcome& outcome);
    void dispatch_to_script(Exchange& exchange);
    [[nodiscard]] bool must_wait_for_body(Exchange& exchange) const;
    void submit(Exchange& exchange);
    void go_on(Exchange& exchange);
    void leave_deferred(Exchange& exchange);
    void on_script_answered(Exchange& exchange);
    void ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch);
    void follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch);
    void find_remote_host(Exchange& exchange);
    void take_inbox();
    void take_names();
    void take_files();
    std::optional<std::chrono::nanoseconds> watch_pool();
    void refresh_time();

    const Served& served_;
    EmbeddedPool* const pool_;
    std::unique_ptr<loop::Loop> loop_;
    Inbox inbox_;
    std::string io_;

    // Loop thread.
    site::Mapper mapper_;
    std::deque<Acceptor> acceptors_;
    Connection* connections_ = nullptr;                 // a list through Connection::next
    std::vector<std::unique_ptr<Connection>> removed_;  // destroyed at the end of the turn
    ExchangeTable exchanges_;
    std::vector<Ticket> taken_;
    DaemonGroups groups_;
    NameResolver names_{*loop_};
    std::vector<NameResolver::Found> found_;
    std::uint64_t files_read_ = 0;           // when waiting_for_files_ was last gone through
    std::vector<Ticket> waiting_for_files_;  // .htaccess, which the mapper's thread reads
    AccessLogBuffer access_log_;
    bool has_submitted_ = false;  // to the pool, in this turn
    std::optional<loop::Clock::time_point> watched_since_;
    bool is_draining_ = false;
    // The time of this turn.
    bool has_time_ = false;
    double now_seconds_ = 0;
    std::int64_t now_microseconds_ = 0;
    std::int64_t date_seconds_ = -1;
    std::string date_;
    std::uint64_t requests_ = 0;
};

}  // namespace server
