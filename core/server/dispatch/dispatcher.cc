#include "core/server/dispatch/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"
#include "core/base/text/text.h"
#include "core/server/answer/header_view.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/pool_feed.h"
#include "http/response_writer.h"

namespace server {
namespace {

using Field = std::pair<std::string, std::string>;

constexpr std::chrono::seconds kEmbeddedCrowdToldEvery{10};  // lines about one crowd

// An answer has one of a name, but for cookies, of which it has one of each name.
bool is_in_place_of(const Field& field, const Field& old) {
    const auto cookie_name = [](const std::string& cookie) {
        return std::string_view(cookie).substr(0, cookie.find('='));
    };
    return base::equal_case_blind(field.first, old.first) &&
           (!base::equal_case_blind(field.first, "Set-Cookie") ||
            cookie_name(field.second) == cookie_name(old.second));
}

}  // namespace

Dispatcher::Dispatcher(
    const LoopParts& parts,
    const Served& served,
    std::shared_ptr<SideMappers> side_mappers,
    DaemonGroups& groups,
    const RequestLog& log
)
    : parts_(parts),
      served_(served),
      groups_(groups),
      log_(log),
      inquiry_(parts, served, std::move(side_mappers), log, *this),
      patience_(parts, served, [this](Slot& slot, bool says_nothing) {
          on_pool_late(slot, says_nothing);
      }) {}

void Dispatcher::dispatch(Exchange& exchange) {
    if (base::is_memory_short()) {
        log_.say(exchange, base::LogLevel::kError, "memory is short: no request is begun");
        exchange.client->answer_with_page({.status = 503});
        return;
    }
    inquiry_.map(exchange);
}

void Dispatcher::answer_failure(Exchange& exchange, int status) {
    if (exchange.outcome.shown_status != 200) {  // the ErrorDocument itself
        exchange.client->answer_with_page({.status = exchange.outcome.shown_status});
        return;
    }
    // The body was for whoever has failed.
    http::Request& request = exchange.request();
    request.content_length.reset();
    request.chunked = request.expects_continue = false;
    exchange.known.failure = status;
    exchange.parcel.dispatch = {};  // no script is asked about its ErrorDocument any more
    inquiry_.map(exchange);
}

void Dispatcher::log_reason(const Exchange& exchange, const site::Outcome& outcome) {
    const base::LogLevel level =
        outcome.status >= 500 || outcome.status == 403 || outcome.is_operators
            ? base::LogLevel::kError
            : base::LogLevel::kInfo;
    log_.say(exchange, level, outcome.reason + ": " + exchange.parcel.request.target);
}

void Dispatcher::follow(Exchange& exchange, const site::FixedRoute& fixed) {
    exchange.facts().pass_authorization = fixed.pass_authorization;
    dispatch_to_script(exchange);
}

void Dispatcher::follow(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk) {
    if (exchange.virtual_host().log_needs.walk) {
        exchange.outcome.keep(walk);
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
            exchange.outcome.shown_status = outcome.status;
            if (outcome.dispatch) {
                ask_dispatch_script(exchange, *std::move(outcome.dispatch));
            } else {
                dispatch_to_script(exchange);
            }
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
        case site::Outcome::Kind::kRemoteHostWanted:
        case site::Outcome::Kind::kFileWanted:
        case site::Outcome::Kind::kWaitWanted:
            CHECK(false);  // Inquiry finds that out first
    }
}

// They may hold bytes of the request: none of them may end a field early (response splitting,
// CWE-113).
void Dispatcher::add_headers(Exchange& exchange, site::Outcome& outcome) {
    std::erase_if(outcome.headers, [&](const auto& field) {
        const auto checked = http::check_field(field.first, field.second);
        if (!checked) {
            log_.say(exchange, base::LogLevel::kError, checked.error().what);
        }
        return !checked.has_value();
    });
    // Those of the first time stay where its ErrorDocument does not say the same.
    auto& fields = exchange.outcome.extra_headers;
    std::erase_if(fields, [&](const auto& old) {
        return std::ranges::any_of(outcome.headers, [&](const auto& field) {
            return is_in_place_of(field, old);
        });
    });
    std::ranges::move(outcome.headers, std::back_inserter(fields));
}

void Dispatcher::dispatch_to_script(Exchange& exchange) {
    if (must_wait_for_body(exchange)) {
        Slot::of(exchange).deferred.wait_for_body(exchange.virtual_host().timeout);
        exchange.client->pump();  // it may have to be told to go on
        return;
    }
    const std::string& group = exchange.route().process_group;
    if (group.empty()) {
        exchange.enter(Exchange::Phase::kEmbedded, &Slot::of(exchange).embedded);
        submit(exchange);
        return;
    }
    const std::uint32_t index = served_.daemon_groups.at(group);
    exchange.facts().queue_start = parts_.clock.seconds();
    if (!groups_.dispatch(Slot::of(exchange).daemon, index)) {
        exchange.client->answer_failure(503);
    }
}

void Dispatcher::submit(Exchange& exchange) {
    if (!parts_.pool.has_pool()) {
        log_.say(exchange, base::LogLevel::kError, "nothing runs in embedded mode here");
        exchange.client->answer_failure(500);
        return;
    }
    GroupLoads& loads = *served_.group_loads;
    exchange.shares.load = loads.admit_embedded(
        exchange.known.host, exchange.known.network, exchange.tally.bytes_received
    );
    if (!exchange.shares.load) {
        if (const auto now = parts_.loop.now(); now >= tells_of_crowd_from_) {
            tells_of_crowd_from_ = now + kEmbeddedCrowdToldEvery;
            log_.say(
                exchange,
                base::LogLevel::kError,
                "too many requests in embedded mode, of its virtual host or of this client"
            );
        }
        exchange.client->answer_failure(503);
        return;
    }
    EmbeddedTask& task = Slot::of(exchange).embedded;
    task.log = exchange.virtual_host().log;
    task.prepare(parts_.exchanges.renew(exchange));
    parts_.pool.submit(task);
    patience_.begin(Slot::of(exchange));
}

// --- The body, and a dispatch script's word

// A slow client may have the loop's time, but no thread of Python's: those are few.
// `RequestReadTimeout body=0` is for applications that answer while they read.
bool Dispatcher::must_wait_for_body(Exchange& exchange) const {
    if (!exchange.request().has_body() || exchange.virtual_host().body_time.first.count() == 0) {
        return false;
    }
    if (exchange.client->is_body_held_back()) {
        return !may_hold_body_back(exchange);
    }
    const bool has_enough = exchange.is_deferred() && Slot::of(exchange).deferred.has_enough();
    return exchange.client->is_body_coming() && !has_enough;
}

// An application may refuse a body that the client holds back (RFC 9110 section 10.1.1), but once
// it reads, its thread has to wait for the client: so only a few of a group do at a time. For
// others the server says "100 Continue" by itself, as mod_wsgi does for all in daemon mode.
bool Dispatcher::may_hold_body_back(Exchange& exchange) const {
    constexpr std::uint32_t kPart = 4;  // of a group's threads
    GroupLoads& loads = *served_.group_loads;
    const config::Config& config = served_.config;
    const std::string& name = exchange.route().process_group;
    std::uint32_t group = loads.embedded();
    int threads = config.embedded_threads;
    if (!name.empty()) {
        group = served_.daemon_groups.at(name);
        const config::DaemonGroup& its = config.daemon_groups[group];
        threads = its.processes * its.threads / std::max(config.server_processes, 1);
    }
    GroupLoads::Held& held = exchange.shares.held_back;
    held = loads.hold_back(group, static_cast<std::uint32_t>(threads) / kPart);
    return static_cast<bool>(held);
}

void Dispatcher::on_body_arrived(Exchange& exchange) {
    if (exchange.phase != Exchange::Phase::kBodyAwaited ||
        !Slot::of(exchange).deferred.has_enough()) {
        return;
    }
    inquiry_.refresh();
    dispatch_to_script(exchange);
    Slot::of(exchange).deferred.leave();
}

void Dispatcher::on_script_answered(Exchange& exchange) {
    if (exchange.client == nullptr) {
        parts_.exchanges.release(exchange);
        return;
    }
    follow_dispatch(exchange, std::exchange(exchange.parcel.dispatch, {}));
    Slot::of(exchange).deferred.go_on();
}

void Dispatcher::ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch) {
    exchange.parcel.dispatch = std::move(dispatch);
    Slot::of(exchange).deferred.wait(Exchange::Phase::kScriptAsked);
    submit(exchange);
}

void Dispatcher::follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch) {
    Slot::of(exchange).embedded.take(exchange.reply.answer);
    const int status = exchange.reply.answer.failure;
    exchange.reply.answer.clear();
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

// One that is at work may take its time here, as in Apache; whoever waits for an import, which may
// be that of another application, is told; and one that comes by and never says anything is ended,
// for it can be.
void Dispatcher::end_late_application(Slot& slot, bool says_nothing) {
    if (const std::string awaited = parts_.pool.awaited_by(slot.embedded); !awaited.empty()) {
        log_.say(slot, base::LogLevel::kError, "nothing to run within Timeout: " + awaited);
        slot.client->answer_instead({.status = 503});
    } else if (says_nothing && !slot.client->is_body_coming()) {
        log_.say(
            slot,
            base::LogLevel::kError,
            "the application yields nothing for longer than Timeout: " + slot.route().script()
        );
        slot.client->answer_instead({.status = 504});
    }
}

// Timeout has passed.
void Dispatcher::on_pool_late(Slot& slot, bool says_nothing) {
    if (parts_.pool.withdraw(slot.embedded)) {
        log_.say(
            slot,
            base::LogLevel::kError,
            fmt::format(
                "no thread of embedded mode was free within Timeout: {}; {}",
                slot.parcel.request.target,
                patience_.describe_busiest()
            )
        );
        slot.client->answer_failure(503);
        slot.deferred.go_on();
    } else if (slot.phase == Exchange::Phase::kScriptAsked && !slot.embedded.has_said_all()) {
        log_.say(
            slot,
            base::LogLevel::kError,
            "the dispatch script has not answered within Timeout: " + slot.parcel.dispatch.script
        );
        // Its thread has the exchange, which counts for embedded mode until the script has ended.
        slot.client->answer_instead({.status = 504});
    } else if (slot.phase == Exchange::Phase::kEmbedded && !slot.embedded.has_said_all()) {
        end_late_application(slot, says_nothing);
    }
}

// --- The client has gone

void Dispatcher::abandon(Exchange& exchange) {
    using Phase = Exchange::Phase;
    Slot& slot = Slot::of(exchange);
    if (exchange.is_deferred()) {
        slot.deferred.abandon();
    }
    // A pool thread that has it, or is to have it, gives it back.
    const bool is_with_pool =
        (exchange.phase == Phase::kScriptAsked || exchange.phase == Phase::kEmbedded) &&
        !exchange.reply.answer.has_ended() && !parts_.pool.withdraw(slot.embedded);
    const bool is_with_daemon =
        (exchange.phase == Phase::kLinkAwaited || exchange.phase == Phase::kDaemon) &&
        !exchange.reply.answer.has_ended();
    if (is_with_pool || is_with_daemon) {
        exchange.responder->abandon();
        exchange.on_answer();
    } else {
        parts_.exchanges.release(exchange);
    }
}

// --- News of other threads

void Dispatcher::on_pool_news(Slot& slot) {
    if (slot.phase != Exchange::Phase::kScriptAsked) {
        patience_.renew(slot);  // before it may be another request's
        slot.on_answer();
    } else if (slot.embedded.has_said_all()) {
        on_script_answered(slot);
    }
}

}  // namespace server
