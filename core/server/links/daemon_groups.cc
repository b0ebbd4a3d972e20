#include "core/server/links/daemon_groups.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/log.h"
#include "core/server/answer/exchange.h"
#include "core/server/dispatch/loop_thread.h"

namespace server {
namespace {

// Requests that wait for a group whose processes are all being replaced.
constexpr std::size_t kWaitingMax = 1000;
// What a process has not read yet of what was sent to it.
constexpr std::size_t kBytesWaitingMax = 8 * 1024 * 1024;
// What a request's body may hold while it waits for its process.
constexpr std::uint64_t kBodyHeld = 64 * 1024;

}  // namespace

DaemonGroups::DaemonGroups(LoopThread& thread)
    : thread_(thread), groups_(thread.served().config.daemon_groups.size()) {}

// --- Requests

DaemonLink* DaemonGroups::least_busy(const Group& group) {
    DaemonLink* least_busy = nullptr;
    for (const auto& link : group.links) {
        if (link->takes_requests() &&
            (least_busy == nullptr || link->streams_open() < least_busy->streams_open())) {
            least_busy = link.get();
        }
    }
    return least_busy;
}

// Streams that were abandoned count until their process has let go of them: a process that hangs is
// not given more and more.
bool DaemonGroups::admit(Exchange& exchange, std::uint32_t index, const DaemonLink* link) {
    GroupLoads& loads = *thread_.served().group_loads;
    Group& group = groups_[index];
    const bool has_room = link == nullptr ? group.waiting.size() < kWaitingMax
                                          : link->streams_open() < loads.requests_max() &&
                                                link->bytes_waiting() < kBytesWaitingMax;
    const std::uint64_t body = exchange.request().has_body() ? kBodyHeld : 0;
    exchange.hold =
        has_room ? loads.admit(index, exchange.bytes_received + body) : GroupLoads::Hold();
    const bool is_full = !exchange.hold;
    if (is_full && !std::exchange(group.is_full, true)) {
        base::main_log().error(
            "group '{}' has more requests than it answers: further ones get 503",
            thread_.served().config.daemon_groups[index].name
        );
    }
    group.is_full = is_full;
    return !is_full;
}

bool DaemonGroups::dispatch(Exchange& exchange, std::uint32_t index) {
    Group& group = groups_[index];
    if (group.is_refused || !admit(exchange, index, least_busy(group))) {
        return false;
    }
    exchange.daemon.prepare(index, exchange.request().has_body());
    exchange.responder = &exchange.daemon;
    open_or_wait(exchange, group);
    return true;
}

void DaemonGroups::open_or_wait(Exchange& exchange, Group& group) {
    DaemonLink* const link = least_busy(group);
    if (link == nullptr) {
        group.waiting.push_back(&exchange);
    } else if (!link->open(
                   exchange.daemon, thread_.head_context(exchange, exchange.may_keep_alive)
               )) {
        base::main_log().error(
            "a request is too large for its daemon process, with what has been added to it: {}",
            exchange.request().target
        );
        too_large_.push_back(&exchange);
    }
}

void DaemonGroups::forget(Exchange& exchange) {
    std::erase(groups_[exchange.daemon.group()].waiting, &exchange);
    std::erase(too_large_, &exchange);
}

// --- Links

void DaemonGroups::add_link(base::Fd socket, const ipc::Link& link) {
    thread_.loop().post([this, link, shared = std::make_shared<base::Fd>(std::move(socket))] {
        Group& group = groups_[link.group];
        group.is_refused = false;
        group.links.push_back(std::make_unique<DaemonLink>(
            thread_.loop(),
            *this,
            std::move(*shared),
            link,
            thread_.served().config.daemon_groups[link.group].name
        ));
        for (Exchange* const exchange : std::exchange(group.waiting, {})) {
            open_or_wait(*exchange, group);
        }
    });
}

void DaemonGroups::close_links(const ipc::Link& gone) {
    thread_.loop().post([this, gone] {
        for (const auto& link : groups_[gone.group].links) {
            if (link->place().process == gone.process &&
                link->place().generation == gone.generation && link->is_open()) {
                link->close();
                return;  // the list has changed; and there is one such link at most
            }
        }
    });
}

void DaemonGroups::refuse(std::uint32_t index) {
    thread_.loop().post([this, index] {
        Group& group = groups_[index];
        group.is_refused = true;
        for (Exchange* const exchange : std::exchange(group.waiting, {})) {
            exchange->daemon.on_link_lost(503);
        }
    });
}

void DaemonGroups::on_link_ready(DaemonLink& link) { ready_links_.push_back(&link); }

void DaemonGroups::on_link_closed(DaemonLink& link) {
    std::erase(ready_links_, &link);
    auto& links = groups_[link.place().group].links;
    const auto found =
        std::ranges::find_if(links, [&link](const auto& owned) { return owned.get() == &link; });
    CHECK(found != links.end());
    if (link.was_lost() && !thread_.is_draining()) {
        report_lost_(link.place());
    }
    closed_links_.push_back(std::move(*found));  // it is still on the stack
    links.erase(found);
    thread_.stop_if_drained();
}

void DaemonGroups::flush() {
    while (!too_large_.empty()) {
        Exchange* const exchange = too_large_.back();
        too_large_.pop_back();
        exchange->daemon.on_link_lost(500);
    }
    for (DaemonLink* const link : ready_links_) {
        link->flush();
    }
    ready_links_.clear();
    closed_links_.clear();
}

bool DaemonGroups::close_all() {
    for (Group& group : groups_) {
        // close() takes the link out of the list.
        while (!group.links.empty() && group.links.back()->is_open()) {
            group.links.back()->close();
        }
    }
    return std::ranges::all_of(groups_, [](const Group& group) { return group.links.empty(); });
}

}  // namespace server
