#include "core/server/dispatch/dispatcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/memory.h"
#include "core/base/text/text.h"
#include "core/server/answer/header_view.h"
#include "http/response_writer.h"

namespace server {

namespace {

using Field = std::pair<std::string, std::string>;

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

Dispatcher::Dispatcher(const Surroundings& around)
    : around_(around),
      mapper_(around.served.site),
      aside_(
          {around.served, around.loop, around.exchanges, around.side_mapper, around.side_mappers},
          {[this](Slot& slot) { on_mapped(slot); }, [this](Slot& slot) { on_not_mapped(slot); }}
      ) {
    mapper_.serve_others(true);
    mapper_.notify([&loop = around.loop] { loop.wake(); });
}

void Dispatcher::refresh() {
    around_.clock.refresh();
    if (refreshed_in_ != around_.clock.turn()) {
        refreshed_in_ = around_.clock.turn();
        mapper_.refresh();
    }
}

void Dispatcher::dispatch(Exchange& exchange) {
    if (base::is_memory_short()) {
        around_.log.say(exchange, base::LogLevel::kError, "memory is short: no request is begun");
        exchange.client->answer_with_page({.status = 503});
        return;
    }
    map(exchange);
}

void Dispatcher::map(Exchange& exchange) {
    HostCosts& costs = aside_.costs();
    const auto now = around_.loop.now();
    if (costs.is_beyond(exchange.host, now) && aside_.can_compute()) {
        map_aside(exchange, nullptr);
        return;
    }
    const HeaderView headers(exchange.request().headers);
    site::Request question = exchange.question(headers);
    question.is_measured = costs.is_noticed(exchange.host, now);
    site::Outcome outcome = mapper_.map(question, exchange.route());
    costs.charge(exchange.host, mapper_.cost(), now);
    follow(exchange, std::move(outcome), mapper_.walk());
}

// `wish`: of the mapper that would have had to wait; null: its host is beyond its share.
void Dispatcher::map_aside(Exchange& exchange, const site::Outcome* wish) {
    Slot& slot = Slot::of(exchange);
    slot.deferred.wait(Exchange::Phase::kMapAwaited);
    if (wish == nullptr ? aside_.compute(slot) : aside_.wait(slot, wish->mounted_at)) {
        has_told_refusal_ = false;
        return;
    }
    if (!std::exchange(has_told_refusal_, true)) {  // one line for all of a crowd
        around_.log.say(
            exchange,
            base::LogLevel::kError,
            wish == nullptr ? "too many requests of this virtual host wait for its slow rules"
                            : "too many requests wait for a file system or a name service"
        );
    }
    exchange.client->answer_with_page({.status = 503});
}

void Dispatcher::on_mapped(Slot& slot) {
    const auto job = slot.aside;  // a further one may take its place
    refresh();
    slot.route() = std::move(job->parcel.route);
    follow(slot, std::move(job->outcome), job->walk ? *job->walk : mapper_.walk());
    go_on(slot);
}

void Dispatcher::on_not_mapped(Slot& slot) {
    around_.log.say(
        slot,
        base::LogLevel::kError,
        "what the configuration says about it was not found out within Timeout"
    );
    slot.client->answer_with_page({.status = 503});
    go_on(slot);
}

void Dispatcher::answer_failure(Exchange& exchange, int status) {
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

void Dispatcher::log_reason(const Exchange& exchange, const site::Outcome& outcome) {
    const base::LogLevel level = outcome.status >= 500 || outcome.status == 403
                                     ? base::LogLevel::kError
                                     : base::LogLevel::kInfo;
    around_.log.say(exchange, level, outcome.reason + ": " + exchange.parcel.request.target);
}

void Dispatcher::follow(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk) {
    if (around_.served.hosts[exchange.host].log_needs.walk) {
        exchange.keep(walk);
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
            waiting_for_files_.push_back(around_.exchanges.renew(exchange));
            break;
        case site::Outcome::Kind::kWaitWanted:
            map_aside(exchange, &outcome);
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

// They may hold bytes of the request: none of them may end a field early (response splitting,
// CWE-113).
void Dispatcher::add_headers(Exchange& exchange, site::Outcome& outcome) {
    std::erase_if(outcome.headers, [&](const auto& field) {
        const auto checked = http::check_field(field.first, field.second);
        if (!checked) {
            around_.log.say(exchange, base::LogLevel::kError, checked.error().what);
        }
        return !checked.has_value();
    });
    // Those of the first time stay where its ErrorDocument does not say the same.
    auto& fields = exchange.extra_headers;
    std::erase_if(fields, [&](const auto& old) {
        return std::ranges::any_of(outcome.headers, [&](const auto& field) {
            return is_in_place_of(field, old);
        });
    });
    std::ranges::move(outcome.headers, std::back_inserter(fields));
}

void Dispatcher::dispatch_to_script(Exchange& exchange) {
    if (must_wait_for_body(exchange)) {
        Slot::of(exchange).deferred.wait_for_body(around_.served.hosts[exchange.host].timeout);
        exchange.client->pump();  // it may have to be told to go on
        return;
    }
    const std::string& group = exchange.route().process_group;
    if (group.empty()) {
        exchange.enter(Exchange::Phase::kEmbedded, &Slot::of(exchange).embedded);
        submit(exchange);
        return;
    }
    const std::uint32_t index = around_.served.daemon_groups.at(group);
    exchange.facts().queue_start = around_.clock.seconds();
    if (!around_.groups.dispatch(Slot::of(exchange).daemon, index)) {
        exchange.client->answer_failure(503);
    }
}

void Dispatcher::submit(Exchange& exchange) {
    if (!around_.pool.has_pool()) {
        around_.log.say(exchange, base::LogLevel::kError, "nothing runs in embedded mode here");
        exchange.client->answer_failure(500);
        return;
    }
    GroupLoads& loads = *around_.served.group_loads;
    exchange.hold = loads.admit(loads.embedded(), exchange.bytes_received);
    if (!exchange.hold) {
        around_.log.say(exchange, base::LogLevel::kError, "too many requests in embedded mode");
        exchange.client->answer_failure(503);
        return;
    }
    EmbeddedTask& task = Slot::of(exchange).embedded;
    task.log = around_.served.hosts[exchange.host].log;
    task.prepare(around_.exchanges.renew(exchange));
    around_.pool.submit(task);
}

// --- What has to be found out first

// It has been found out, and somebody may answer now.
void Dispatcher::go_on(Exchange& exchange) {
    Slot::of(exchange).deferred.leave();
    exchange.client->pump();
}

// A slow client may have the loop's time, but no thread of Python's: those are few.
// `RequestReadTimeout body=0` is for applications that answer while they read.
bool Dispatcher::must_wait_for_body(Exchange& exchange) const {
    if (!exchange.request().has_body() ||
        around_.served.hosts[exchange.host].body_time.first.count() == 0) {
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
    GroupLoads& loads = *around_.served.group_loads;
    const config::Config& config = around_.served.config;
    const std::string& name = exchange.route().process_group;
    std::uint32_t group = loads.embedded();
    int threads = config.embedded_threads;
    if (!name.empty()) {
        group = around_.served.daemon_groups.at(name);
        const config::DaemonGroup& its = config.daemon_groups[group];
        threads = its.processes * its.threads / std::max(config.server_processes, 1);
    }
    GroupLoads::Held& held = Slot::of(exchange).held_back;
    held = loads.hold_back(group, static_cast<std::uint32_t>(threads) / kPart);
    return static_cast<bool>(held);
}

void Dispatcher::on_body_arrived(Exchange& exchange) {
    if (exchange.phase != Exchange::Phase::kBodyAwaited ||
        !Slot::of(exchange).deferred.has_enough()) {
        return;
    }
    refresh();
    dispatch_to_script(exchange);
    Slot::of(exchange).deferred.leave();
}

void Dispatcher::on_script_answered(Exchange& exchange) {
    if (exchange.client == nullptr) {
        around_.exchanges.release(exchange);
        return;
    }
    follow_dispatch(exchange, std::exchange(exchange.parcel.dispatch, {}));
    go_on(exchange);
}

void Dispatcher::ask_dispatch_script(Exchange& exchange, request::Dispatch dispatch) {
    exchange.parcel.dispatch = std::move(dispatch);
    Slot::of(exchange).deferred.wait(Exchange::Phase::kScriptAsked);
    submit(exchange);
}

void Dispatcher::follow_dispatch(Exchange& exchange, const request::Dispatch& dispatch) {
    Slot::of(exchange).embedded.take(exchange.answer);
    const int status = exchange.answer.failure;
    exchange.answer.clear();
    if (status != 0) {
        exchange.client->answer_failure(status);
        return;
    }
    const HeaderView headers(exchange.request().headers);
    const auto refusal = around_.served.site.groups.choose_again(
        dispatch, exchange.question(headers), exchange.route()
    );
    if (refusal) {
        log_reason(exchange, *refusal);
        exchange.client->answer_failure(refusal->status);
        return;
    }
    dispatch_to_script(exchange);
}

void Dispatcher::find_remote_host(Exchange& exchange) {
    const std::string& address = exchange.facts().remote_addr;
    if (auto name = around_.names.known(address)) {
        exchange.remote_host = std::move(name);
        map(exchange);
        return;
    }
    Slot::of(exchange).deferred.wait(Exchange::Phase::kNameAwaited);
    around_.names.look_up(address, around_.exchanges.renew(exchange));
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
        !exchange.answer.has_ended() && !around_.pool.withdraw(slot.embedded);
    const bool is_with_daemon =
        (exchange.phase == Phase::kLinkAwaited || exchange.phase == Phase::kDaemon) &&
        !exchange.answer.has_ended();
    if (is_with_pool || is_with_daemon) {
        exchange.responder->abandon();
        exchange.on_answer();
    } else {
        around_.exchanges.release(exchange);
    }
}

// --- News of other threads

void Dispatcher::on_pool_news(Exchange& exchange) {
    if (exchange.phase == Exchange::Phase::kScriptAsked) {
        on_script_answered(exchange);
    } else {
        exchange.on_answer();
    }
}

void Dispatcher::on_name_found(Exchange& exchange, std::string name) {
    exchange.remote_host = std::move(name);
    map(exchange);
    go_on(exchange);
}

void Dispatcher::take_news() {
    take_files();
    aside_.take();
}

void Dispatcher::take_files() {
    // Not whether something is to be taken now: another request's refresh may have taken it.
    const auto count = mapper_.read_count();
    if (waiting_for_files_.empty() || count == files_read_) {
        return;
    }
    files_read_ = count;
    mapper_.refresh();
    for (const Ticket ticket : std::exchange(waiting_for_files_, {})) {
        // Whose client has gone is nobody's; who still has to wait asks again.
        if (Exchange* const exchange = around_.exchanges.find(ticket)) {
            map(*exchange);
            go_on(*exchange);
        }
    }
}

}  // namespace server
