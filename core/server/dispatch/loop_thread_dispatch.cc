// The dispatching half of a LoopThread: from a request whose head has been read to whoever answers
// it.
#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"
#include "core/server/answer/static_file.h"
#include "core/server/dispatch/loop_thread.h"
#include "http/response_writer.h"

namespace server {

// The date is that of the newest request: whoever is asked later gets none that is older than the
// one that the answer is for.
http::HeadContext LoopThread::head_context(Exchange& exchange) const {
    http::HeadContext context;
    context.minor = exchange.request().minor;
    context.is_head = exchange.request().is_head();
    context.date = date_;
    context.server = served_.server_software;
    context.extra = exchange.extra_headers;
    return context;
}

void LoopThread::dispatch(Exchange& exchange) {
    if (base::is_memory_short()) {
        log_client(exchange, base::LogLevel::kError, "memory is short: no request is begun");
        exchange.client->answer_with_page({.status = 503});
        return;
    }
    map(exchange);
}

void LoopThread::map(Exchange& exchange) {
    const HeaderView headers(exchange.request().headers);
    follow(exchange, mapper_.map(exchange.question(headers), exchange.route()));
}

void LoopThread::answer_failure(Exchange& exchange, int status) {
    if (exchange.shown_status != 200) {  // the ErrorDocument itself
        exchange.client->answer_with_page({.status = exchange.shown_status});
        return;
    }
    // The body was for whoever has failed.
    http::Request& request = exchange.request();
    request.content_length.reset();
    request.chunked = request.expects_continue = false;
    exchange.failure = status;
    exchange.parcel.dispatch = {};  // no script is asked about its ErrorDocument any more
    map(exchange);
}

void LoopThread::log_reason(Exchange& exchange, const site::Outcome& outcome) {
    const base::LogLevel level = outcome.status >= 500 || outcome.status == 403
                                     ? base::LogLevel::kError
                                     : base::LogLevel::kInfo;
    log_client(exchange, level, outcome.reason + ": " + exchange.request().target);
}

void LoopThread::follow(Exchange& exchange, site::Outcome outcome) {
    if (served_.hosts[exchange.host].log_needs.walk) {
        exchange.keep(mapper_.walk());
    }
    if (!outcome.reason.empty()) {
        log_reason(exchange, outcome);
    }
    if (!outcome.headers.empty()) {
        add_headers(exchange, outcome);
    }
    switch (outcome.kind) {
        case site::Outcome::Kind::kScript:
            exchange.facts().pass_authorization = outcome.pass_authorization;
            exchange.shown_status = outcome.status;
            if (outcome.dispatch) {
                ask_dispatch_script(exchange, *std::move(outcome.dispatch));
            } else {
                dispatch_to_script(exchange);
            }
            break;
        case site::Outcome::Kind::kRemoteHostWanted:
            find_remote_host(exchange);
            break;
        case site::Outcome::Kind::kFileWanted:
            Slot::of(exchange).deferred.wait(Exchange::Phase::kFilesAwaited);
            waiting_for_files_.push_back(exchanges_.renew(exchange));
            break;
        case site::Outcome::Kind::kFile:
            exchange.client->answer_with_file(outcome);
            break;
        case site::Outcome::Kind::kPage:
            exchange.client->answer_with_page(
                {outcome.status,
                 std::move(outcome.location),
                 std::move(outcome.body),
                 std::move(outcome.allow),
                 {}}
            );
            break;
    }
}

// They may hold bytes of the request: none of them may end a field early (T-20).
void LoopThread::add_headers(Exchange& exchange, site::Outcome& outcome) {
    std::erase_if(outcome.headers, [&](const auto& field) {
        const auto checked = http::check_field(field.first, field.second);
        if (!checked) {
            log_client(exchange, base::LogLevel::kError, checked.error().what);
        }
        return !checked.has_value();
    });
    exchange.extra_headers = std::move(outcome.headers);
}

void LoopThread::dispatch_to_script(Exchange& exchange) {
    if (must_wait_for_body(exchange)) {
        Slot::of(exchange).deferred.wait(Exchange::Phase::kBodyAwaited);
        return;
    }
    const std::string& group = exchange.route().process_group;
    if (group.empty()) {
        exchange.enter(Exchange::Phase::kEmbedded, &Slot::of(exchange).embedded);
        submit(exchange);
        return;
    }
    const std::uint32_t index = served_.daemon_groups.at(group);
    exchange.facts().queue_start = now_seconds_;
    if (!groups_.dispatch(Slot::of(exchange).daemon, index)) {
        exchange.client->answer_failure(503);
    }
}

void LoopThread::submit(Exchange& exchange) {
    if (pool_ == nullptr) {
        log_client(exchange, base::LogLevel::kError, "nothing runs in embedded mode here");
        exchange.client->answer_failure(500);
        return;
    }
    GroupLoads& loads = *served_.group_loads;
    exchange.hold = loads.admit(loads.embedded(), exchange.bytes_received);
    if (!exchange.hold) {
        log_client(exchange, base::LogLevel::kError, "too many requests in embedded mode");
        exchange.client->answer_failure(503);
        return;
    }
    EmbeddedTask& task = Slot::of(exchange).embedded;
    task.log = served_.hosts[exchange.host].log;
    task.prepare(exchanges_.renew(exchange));
    pool_->pool().submit(task);
    has_submitted_ = true;
}

// --- What has to be found out first

// It has been found out, and somebody may answer now.
void LoopThread::go_on(Exchange& exchange) {
    leave_deferred(exchange);
    exchange.client->pump();
}

void LoopThread::leave_deferred(Exchange& exchange) {
    if (exchange.is_deferred()) {
        return;  // there is something else to wait for
    }
    Deferred& deferred = Slot::of(exchange).deferred;
    // An ErrorDocument gets no body: it was for whoever has failed.
    if (exchange.responder != nullptr && exchange.request().has_body()) {
        deferred.hand_over(*exchange.responder);
    } else {
        deferred.abandon();
    }
}

// A slow client may have the loop's time, but no thread of Python's: those are few. Where the body
// is held back until the application asks for it (RFC 9110 section 10.1.1), waiting would be in
// vain; and `RequestReadTimeout body=0` is for applications that answer while they read.
bool LoopThread::must_wait_for_body(Exchange& exchange) const {
    const bool has_enough = exchange.is_deferred() && Slot::of(exchange).deferred.has_enough();
    return exchange.client->is_body_coming() && exchange.request().has_body() &&
           served_.hosts[exchange.host].body_time.first.count() != 0 && !has_enough;
}

void LoopThread::on_body_arrived(Exchange& exchange) {
    if (exchange.phase != Exchange::Phase::kBodyAwaited ||
        !Slot::of(exchange).deferred.has_enough()) {
        return;
    }
    refresh_time();
    dispatch_to_script(exchange);
    leave_deferred(exchange);
}

void LoopThread::on_script_answered(Exchange& exchange) {
    if (exchange.client == nullptr) {
        release_exchange(exchange);
        return;
    }
    follow_dispatch(exchange, std::exchange(exchange.parcel.dispatch, {}));
    go_on(exchange);
}

void LoopThread::ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch) {
    exchange.parcel.dispatch = std::move(dispatch);
    Slot::of(exchange).deferred.wait(Exchange::Phase::kScriptAsked);
    submit(exchange);
}

void LoopThread::follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch) {
    Slot::of(exchange).embedded.take(exchange.answer);
    const int status = exchange.answer.failure;
    exchange.answer.clear();
    if (status != 0) {
        exchange.client->answer_failure(status);
        return;
    }
    const HeaderView headers(exchange.request().headers);
    const auto refusal =
        served_.site.groups.choose_again(dispatch, exchange.question(headers), exchange.route());
    if (refusal) {
        log_reason(exchange, *refusal);
        exchange.client->answer_failure(refusal->status);
        return;
    }
    dispatch_to_script(exchange);
}

void LoopThread::find_remote_host(Exchange& exchange) {
    const std::string& address = exchange.facts().remote_addr;
    if (auto name = names_.known(address)) {
        exchange.remote_host = std::move(name);
        map(exchange);
        return;
    }
    Slot::of(exchange).deferred.wait(Exchange::Phase::kNameAwaited);
    names_.look_up(address, exchanges_.renew(exchange));
}

void LoopThread::give_page(Exchange& exchange) {
    refresh_time();
    if (const auto given = server::give_page(exchange.page, exchange.response, exchange.answer);
        !given) {
        log_client(exchange, base::LogLevel::kError, given.error().what);
        CHECK(server::give_page({.status = 500}, exchange.response, exchange.answer));
    }
}

std::optional<Page> LoopThread::give_file(Exchange& exchange, const site::Outcome& outcome) {
    refresh_time();
    auto page = server::give_file(
        outcome, exchange.request(), date_seconds_, exchange.response, exchange.answer
    );
    if (page && !page->reason.empty()) {
        log_client(exchange, base::LogLevel::kError, page->reason);
    }
    return page;
}

}  // namespace server
