#include "core/server/dispatch/request_log.h"

#include <fmt/format.h>
#include <time.h>

#include "core/server/answer/header_view.h"

namespace server {

void RequestLog::say(const Exchange& exchange, base::LogLevel level, const std::string& message)
    const {
    const base::Log& log = *exchange.virtual_host().log;
    if (log.is_enabled(level) && exchange.client != nullptr) {
        const Asker& client = *exchange.client;
        log.write(
            level,
            fmt::format("[client {}:{}]", client.remote_addr(), client.remote_port()),
            message
        );
    }
}

void RequestLog::note_head(Exchange& exchange, std::string_view text) const {
    if (exchange.virtual_host().log_needs.response_head) {
        exchange.reply.sent_head.assign(text.substr(0, text.find("\r\n\r\n")));
    }
}

void RequestLog::add(Exchange& exchange, const Arrival& arrival, AfterAnswer after) {
    const Known& known = exchange.known;
    const Tally& tally = exchange.tally;
    const ServedHost& host = exchange.virtual_host();
    if (host.access_logs.empty()) {
        return;
    }
    AccessRecord record{
        exchange.request(), arrival.ends.remote_address, arrival.ends.local_address};
    record.remote_port = arrival.ends.remote_port;
    record.local_port = arrival.endpoint.port;
    record.canonical_port = host.log_port;
    record.status = tally.status;
    record.keep_alive_count = tally.before;
    record.body_bytes = tally.body_bytes;
    record.bytes_received = tally.bytes_received;
    record.bytes_sent = tally.bytes_sent;
    record.begun = tally.begun;
    record.pid = served_.pid;
    record.after = after;
    record.server_name = host.log_name;
    record.server_name_as_asked = known.is_located && !exchange.facts().server_name.empty()
                                      ? std::string_view(exchange.facts().server_name)
                                      : host.log_name;
    record.request_id = known.is_located ? exchange.facts().request_id : std::string_view();
    record.response_head = exchange.reply.sent_head;
    if (host.log_needs.end_time) {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        record.ended = microseconds_of(now);
    }
    const HeaderView headers(exchange.request().headers);
    site::RequestView question;
    site::Walk* const walk = exchange.outcome.walk();
    if (walk != nullptr) {
        question = exchange.question(headers);
        walk->request = &question;
        walk->redirect_status = tally.status;  // %{REQUEST_STATUS}
        record.walk = walk;
    }
    for (const AccessLogTarget& log : host.access_logs) {
        lines_.add(log, record);
    }
    if (walk != nullptr) {
        walk->request = nullptr;
    }
}

}  // namespace server
