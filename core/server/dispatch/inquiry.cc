#include "core/server/dispatch/inquiry.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "core/loop/loop.h"
#include "core/server/answer/header_view.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/turn_clock.h"

namespace server {
namespace {

constexpr std::chrono::seconds kUnknownNamesToldEvery{10};
constexpr std::string_view kNotFoundOut = "the name service does not answer, or fails";

}  // namespace

Inquiry::Inquiry(
    const LoopParts& parts,
    const Served& served,
    std::shared_ptr<SideMappers> side_mappers,
    const RequestLog& log,
    Follower& follower
)
    : parts_(parts),
      log_(log),
      follower_(follower),
      mapper_(served.site),
      aside_(
          parts,
          served,
          std::move(side_mappers),
          {[this](Slot& slot) { on_mapped(slot); }, [this](Slot& slot) { on_not_mapped(slot); }}
      ),
      names_(
          parts,
          [this](Slot& slot, ClientName name, AwaitedNames::End end) {
              on_name_found(slot, std::move(name), end);
          }
      ),
      tells_of_names_from_(served.hosts.size()) {
    mapper_.serve_others(true);
    mapper_.read_beside({
        .disks = &parts.side_mapper.disks(),
        .parsers = &parts.side_mapper.parsers(),
        .tell = [&loop = parts.loop] { loop.wake(); },
    });
}

void Inquiry::refresh() {
    parts_.clock.refresh();
    if (refreshed_in_ != parts_.clock.turn()) {
        refreshed_in_ = parts_.clock.turn();
        mapper_.refresh();
    }
}

// Null: all of the configuration is to be asked, as where the access log tells what it has said.
const site::FixedRoute* Inquiry::find_fixed(Exchange& exchange) {
    return exchange.virtual_host().log_needs.walk
               ? nullptr
               : mapper_.find_fixed(
                     fixed_question_of(exchange.parcel, exchange.known), exchange.route()
                 );
}

void Inquiry::map(Exchange& exchange) {
    if (const site::FixedRoute* const fixed = find_fixed(exchange)) {
        follower_.follow(exchange, *fixed);
        return;
    }
    HostCosts& costs = aside_.costs();
    const auto now = parts_.loop.now();
    if (costs.is_beyond(exchange.known.host, now) && aside_.can_compute()) {
        map_aside(exchange, nullptr);
        return;
    }
    const HeaderView headers(exchange.request().headers);
    site::RequestView question = exchange.question(headers);
    question.is_measured = costs.is_noticed(exchange.known.host, now);
    site::Outcome outcome = mapper_.map(question, exchange.route());
    costs.charge(exchange.known.host, mapper_.cost(), now);
    heed(exchange, std::move(outcome), mapper_.walk());
}

void Inquiry::heed(Exchange& exchange, site::Outcome&& outcome, const site::Walk& walk) {
    switch (outcome.kind) {
        case site::Outcome::Kind::kRemoteHostWanted:
            find_remote_host(exchange);
            break;
        case site::Outcome::Kind::kFileWanted:
            Slot::of(exchange).deferred.wait(Exchange::Phase::kFilesAwaited);
            waiting_for_files_.push_back(parts_.exchanges.renew(exchange));
            break;
        case site::Outcome::Kind::kWaitWanted:
            map_aside(exchange, &outcome);
            break;
        case site::Outcome::Kind::kScript:
        case site::Outcome::Kind::kFile:
        case site::Outcome::Kind::kPage:
            follower_.follow(exchange, std::move(outcome), walk);
            break;
    }
}

// --- What has to be found out first

void Inquiry::find_remote_host(Exchange& exchange) {
    if (auto name = parts_.names.known(exchange.facts().remote_addr)) {
        go_on_with_name(exchange, *std::move(name), kNotFoundOut);
        return;
    }
    Slot& slot = Slot::of(exchange);
    if (names_.look_up(slot)) {
        slot.deferred.wait(Exchange::Phase::kNameAwaited);
    } else {
        go_on_with_name(exchange, std::nullopt, "too many wait, or there is no thread for it");
    }
}

// One that is not known is not the same as none: rules that depend on it decide nothing then, and
// the client may come again.
void Inquiry::go_on_with_name(Exchange& exchange, ClientName name, std::string_view why_not) {
    auto& tells_from = tells_of_names_from_[exchange.known.host];
    if (const auto now = parts_.loop.now(); !name && now >= tells_from) {
        tells_from = now + kUnknownNamesToldEvery;  // one line for all of a crowd
        log_.say(
            exchange,
            base::LogLevel::kError,
            fmt::format(
                "what the client's host is called cannot be found out ({}): 503 where an access "
                "rule depends on it",
                why_not
            )
        );
    }
    exchange.known.is_remote_host_unknown = !name.has_value();
    exchange.known.remote_host = std::move(name).value_or("");
    map(exchange);
}

// `wish`: of the mapper that would have had to wait; null: its host is beyond its share.
void Inquiry::map_aside(Exchange& exchange, const site::Outcome* wish) {
    Slot& slot = Slot::of(exchange);
    slot.deferred.wait(Exchange::Phase::kMapAwaited);
    if (wish == nullptr ? aside_.compute(slot) : aside_.wait(slot, wish->mounted_at)) {
        has_told_refusal_ = false;
        return;
    }
    if (!std::exchange(has_told_refusal_, true)) {  // one line for all of a crowd
        log_.say(
            exchange,
            base::LogLevel::kError,
            wish == nullptr ? "too many requests of this virtual host wait for its slow rules"
                            : "too many requests wait for a file system or a name service"
        );
    }
    exchange.client->answer_with_page({.status = 503});
}

// --- News of other threads

void Inquiry::on_mapped(Slot& slot) {
    const auto job = slot.aside;  // a further one may take its place
    refresh();
    slot.route() = std::move(job->parcel.route);
    heed(slot, std::move(job->outcome), job->walk ? *job->walk : mapper_.walk());
    slot.deferred.go_on();
}

void Inquiry::on_not_mapped(Slot& slot) {
    log_.say(
        slot,
        base::LogLevel::kError,
        "what the configuration says about it was not found out within Timeout"
    );
    slot.client->answer_with_page({.status = 503});
    slot.deferred.go_on();
}

void Inquiry::on_name_found(Exchange& exchange, ClientName name, AwaitedNames::End end) {
    go_on_with_name(
        exchange,
        std::move(name),
        end == AwaitedNames::End::kLate ? "nobody has said it within Timeout" : kNotFoundOut
    );
    Slot::of(exchange).deferred.go_on();
}

void Inquiry::take_news() {
    take_files();
    aside_.take();
    names_.take();
}

void Inquiry::take_files() {
    // Not whether something is to be taken now: another request's refresh may have taken it.
    const auto count = mapper_.read_count();
    if (waiting_for_files_.empty() || count == files_read_) {
        return;
    }
    files_read_ = count;
    mapper_.refresh();
    for (const Ticket ticket : std::exchange(waiting_for_files_, {})) {
        // Whose client has gone is nobody's; who still has to wait asks again.
        if (Exchange* const exchange = parts_.exchanges.find(ticket)) {
            map(*exchange);
            Slot::of(*exchange).deferred.go_on();
        }
    }
}

}  // namespace server
