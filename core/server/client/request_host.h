// What a connection needs for its requests, from a head's first byte to a line in the log: who
// lends exchanges, who answers, what stands in all answers. Loop thread only; outlives all
// connections.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/system/log.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/page.h"
#include "core/server/logs/access_log.h"
#include "core/server/served/served.h"
#include "core/site/map/outcome.h"
#include "http/response_writer.h"

namespace server {

class ConnectionSettings;
struct Arrival;

class RequestHost {
public:
    virtual ~RequestHost() = default;
    // The newest: what connections go by that are between requests. See ConnectionSettings.
    [[nodiscard]] virtual const Generation::Hold& generation() const = 0;

    [[nodiscard]] virtual Exchange& take_exchange() = 0;
    virtual void release_exchange(Exchange& exchange) = 0;
    // The connection has gone; the exchange is released once its responder has ended.
    virtual void abandon(Exchange& exchange) = 0;

    // The request's first byte has come.
    virtual void note_begin(Exchange& exchange) = 0;
    // Finds the virtual host, and fills what a request is told about its surroundings.
    virtual const ServedHost& locate(Exchange& exchange, ConnectionSettings& settings) = 0;
    virtual void dispatch(Exchange& exchange) = 0;
    // More of the body of a request that is deferred, or its end.
    virtual void on_body_arrived(Exchange& exchange) = 0;

    // Whoever was to answer could not, and nothing has been said: the ErrorDocument of
    // `status`, or a page.
    virtual void answer_failure(Exchange& exchange, int status) = 0;
    // Makes the exchange's page the answer.
    virtual void give_page(Exchange& exchange) = 0;
    // Makes a file the answer, or says which page the client gets instead.
    virtual std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) = 0;
    // What the head of its answer depends on, but for what the connection knows; valid in this
    // turn.
    [[nodiscard]] virtual http::HeadContext head_context(Exchange& exchange) const = 0;
    // The head of the answer, as it is about to be sent.
    virtual void note_head(Exchange& exchange, std::string_view text) = 0;

    // Of an answer that has ended or broken off.
    virtual void log_access(Exchange& exchange, const Arrival& arrival, AfterAnswer after) = 0;
    virtual void log_client(
        const Exchange& exchange, base::LogLevel level, const std::string& message
    ) = 0;
};

}  // namespace server
