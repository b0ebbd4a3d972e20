#include "core/server/links/daemon_groups.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/log.h"
#include "core/server/answer/exchange.h"

namespace server {
namespace {

// Requests that wait for a group whose processes are all being replaced.
constexpr std::size_t kWaitingMax = 1000;
// What a process has not read yet of what was sent to it.
constexpr std::size_t kBytesWaitingMax = 8 * 1024 * 1024;
// What a request's body may hold while it waits for its process.
constexpr std::uint64_t kBodyHeld = 64 * 1024;

}  // namespace

DaemonGroups::DaemonGroups(Host& host, loop::Loop& loop, const Served& served)
    : host_(host), loop_(loop), served_(served), groups_(served.config.daemon_groups.size()) {}

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
    GroupLoads& loads = *served_.group_loads;
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
            served_.config.daemon_groups[index].name
        );
    }
    group.is_full = is_full;
    return !is_full;
}

bool DaemonGroups::dispatch(DaemonStream& stream, std::uint32_t index) {
    Group& group = groups_[index];
    Exchange& exchange = stream.exchange();
    if (group.is_refused || !admit(exchange, index, least_busy(group))) {
        return false;
    }
    stream.prepare(index, exchange.request().has_body());
    open_or_wait(stream, group);
    return true;
}

void DaemonGroups::open_or_wait(DaemonStream& stream, Group& group) {
    Exchange& exchange = stream.exchange();
    DaemonLink* const link = least_busy(group);
    if (link == nullptr) {
        group.waiting.push_back(&stream);
    } else if (!link->open(stream, host_.head_context(exchange, exchange.may_keep_alive))) {
        base::main_log().error(
            "a request is too large for its daemon process, with what has been added to it: {}",
            exchange.request().target
        );
        too_large_.push_back(&stream);
    }
}

void DaemonGroups::forget(DaemonStream& stream) {
    std::erase(groups_[stream.group()].waiting, &stream);
    std::erase(too_large_, &stream);
}

// --- Links

void DaemonGroups::add_link(base::Fd socket, const ipc::Link& link) {
    loop_.post([this, link, shared = std::make_shared<base::Fd>(std::move(socket))] {
        Group& group = groups_[link.group];
        group.is_refused = false;
        group.links.push_back(std::make_unique<DaemonLink>(
            loop_, *this, std::move(*shared), link, served_.config.daemon_groups[link.group].name
        ));
        for (DaemonStream* const stream : std::exchange(group.waiting, {})) {
            open_or_wait(*stream, group);
        }
    });
}

void DaemonGroups::close_links(const ipc::Link& gone) {
    loop_.post([this, gone] {
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
    loop_.post([this, index] {
        Group& group = groups_[index];
        group.is_refused = true;
        for (DaemonStream* const stream : std::exchange(group.waiting, {})) {
            stream->on_link_lost(503);
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
    if (link.was_lost() && !host_.is_draining()) {
        report_lost_(link.place());
    }
    closed_links_.push_back(std::move(*found));  // it is still on the stack
    links.erase(found);
    host_.on_link_ended();
}

void DaemonGroups::flush() {
    while (!too_large_.empty()) {
        DaemonStream* const stream = too_large_.back();
        too_large_.pop_back();
        stream->on_link_lost(500);
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
