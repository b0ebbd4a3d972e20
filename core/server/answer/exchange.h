// An Exchange: one request and its answer, from the first byte of its head until the last byte of
// the answer has been sent. Event loops keep them for reuse, so that a request allocates nothing.
// Loop thread only, but for the parts of EmbeddedTask that say otherwise.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/budget.h"
#include "core/server/answer/header_view.h"
#include "core/server/answer/page.h"
#include "core/server/answer/responder.h"
#include "core/server/dispatch/deferred.h"
#include "core/server/answer/ticket.h"
#include "core/server/embedded/embedded_task.h"
#include "core/server/links/daemon_stream.h"
#include "core/server/served/group_loads.h"
#include "core/site/conditions/walk.h"

namespace server {

class Connection;
class LoopThread;

class Exchange {
public:
    Exchange(LoopThread& its_thread, Inbox& inbox)
        : thread(its_thread), embedded(inbox), daemon(*this), deferred(*this) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    LoopThread& thread;
    // The request is parsed into the embedded task, where most requests are answered; a daemon gets
    // a copy by wire.
    EmbeddedTask embedded;
    DaemonStream daemon;
    Deferred deferred;
    Ticket ticket;  // ExchangeTable's

    [[nodiscard]] http::Request& request() { return embedded.request; }
    [[nodiscard]] request::Route& route() { return embedded.route; }
    [[nodiscard]] request::Facts& facts() { return embedded.facts; }

    GroupLoads::Hold hold;             // of the group that is to answer
    Connection* connection = nullptr;  // null: the client has gone
    Responder* responder = nullptr;    // null: not dispatched (yet)
    std::uint32_t host = 0;            // index into Served::hosts
    int shown_status = 200;            // other than 200: its ErrorDocument is the answer
    int failure = 0;  // the status with which whoever was to answer has failed; 0: nobody has
    std::optional<std::string> remote_host;  // as site::Request::remote_host
    bool may_keep_alive = false;  // as far as the client, the configuration and we are concerned
    std::array<char, 32> date{};  // backs HeadContext::date while a pool thread writes the head
    // Fields that the configuration adds to the answer; back HeadContext::extra.
    std::vector<std::pair<std::string, std::string>> extra_headers;
    // For the access log.
    std::int64_t begun = 0;            // of its first byte; microseconds since the epoch
    std::uint64_t bytes_received = 0;  // head and body, so far
    std::uint64_t bytes_sent = 0;      // likewise
    base::Share head_share;            // of what the process keeps of heads beyond the usual size
    bool is_located = false;           // the facts are about this request
    bool has_walk = false;
    std::unique_ptr<site::Walk> walk;  // where config::LogNeeds wants it
    std::string response_head;         // likewise
    Page page;                         // while one of our own is the answer
    Output output;

    // Keeps what the configuration has made of the request, for its line in the access log.
    void keep(const site::Walk& its_walk);

    // What core/site is asked, once the virtual host has been found; views of this and `headers`.
    [[nodiscard]] site::Request question(const HeaderView& headers);

    // The responder has something new to say. Hands it to the connection; without one, waits for
    // the end only.
    void on_answer();
    void reset() {
        connection = nullptr;
        responder = nullptr;
        hold.release();
        embedded.let_go();
        output.clear();
        output.shrink();
        request().clear();
        route().clear();
        embedded.dispatch = {};
        host = 0;
        shown_status = 200;
        failure = 0;
        remote_host.reset();
        extra_headers.clear();
        bytes_received = bytes_sent = 0;
        head_share.give_back();
        is_located = has_walk = false;
        response_head.clear();
    }
};

}  // namespace server
