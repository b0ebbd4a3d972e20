// What a connection needs of the event loop's thread that it is part of. Loop thread only; outlives
// all connections.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/system/log.h"
#include "core/loop/loop.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/page.h"
#include "core/server/client/file_reader.h"
#include "core/server/logs/access_log.h"
#include "core/server/served/budgets.h"
#include "core/server/served/served.h"
#include "core/site/map/outcome.h"
#include "http/response_writer.h"

namespace server {

class Connection;

class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;
    [[nodiscard]] loop::Loop& loop() const { return loop_; }
    [[nodiscard]] Budgets& budgets() const { return budgets_; }
    [[nodiscard]] FileReader& files() { return files_; }
    // The newest: what connections go by that are between requests. See Connection::renew().
    [[nodiscard]] virtual const Generation::Hold& generation() const = 0;
    // The process stops.
    [[nodiscard]] virtual bool is_draining() const = 0;
    // The connection is destroyed at the end of the turn.
    virtual void remove(Connection& connection) = 0;

    [[nodiscard]] virtual Exchange& take_exchange() = 0;
    virtual void release_exchange(Exchange& exchange) = 0;
    // The connection has gone; the exchange is released once its responder has ended.
    virtual void abandon(Exchange& exchange) = 0;

    // Clients have pipelined too much: adjust() for all connections, once.
    virtual void on_pipelining_full() {}

    // The request's first byte has come.
    virtual void note_begin(Exchange& exchange) = 0;
    // Finds the virtual host, and fills what a request is told about its surroundings.
    virtual const ServedHost& locate(Exchange& exchange, const Connection& connection) = 0;
    virtual void dispatch(Exchange& exchange) = 0;
    // More of the body of a request that is deferred, or its end.
    virtual void on_body_arrived(Exchange& exchange) = 0;

    // Whoever was to answer could not, and nothing has been said: the ErrorDocument of
    // `status`, or a page.
    virtual void answer_failure(Exchange& exchange, int status) = 0;
    // Makes exchange.page the answer.
    virtual void give_page(Exchange& exchange) = 0;
    // Makes a file the answer, or says which page the client gets instead.
    virtual std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) = 0;
    // What the head of its answer depends on, but for what the connection knows; valid in this
    // turn.
    [[nodiscard]] virtual http::HeadContext head_context(Exchange& exchange) const = 0;
    // The head of the answer, as it is about to be sent.
    virtual void note_head(Exchange& exchange, std::string_view text) = 0;

    // Of an answer that has ended or broken off.
    virtual void log_access(
        Exchange& exchange, const Connection& connection, AfterAnswer after
    ) = 0;
    virtual void log_client(
        const Exchange& exchange, base::LogLevel level, const std::string& message
    ) = 0;

protected:
    // `disks` and `mounts`: threads that read files, as FileReader has them.
    ConnectionHost(loop::Loop& loop, Budgets& budgets, base::Lanes& disks, base::Lanes& mounts)
        : loop_(loop), budgets_(budgets), files_(loop, disks, mounts) {}

private:
    loop::Loop& loop_;
    Budgets& budgets_;
    FileReader files_;
};

}  // namespace server
