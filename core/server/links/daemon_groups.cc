#include "core/server/links/daemon_groups.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/system/log.h"
#include "core/server/answer/exchange.h"
#include "ipc/channel.h"

namespace server {
namespace {

// Requests that wait for a group whose processes are all being replaced.
constexpr std::size_t kWaitingMax = 1000;
// What a process has not read yet of what was sent to it.
constexpr std::size_t kBytesWaitingMax = 8 * 1024 * 1024;
// What a request's body may hold while it waits for its process.
constexpr std::uint64_t kBodyHeld = 64 * 1024;
constexpr std::chrono::seconds kFullGroupToldEvery{10};  // lines about a group that has too many
constexpr std::chrono::seconds kLookEvery{1};

bool is_same_process(const ipc::Link& one, const ipc::Link& other) {
    return one.group == other.group && one.process == other.process &&
           one.generation == other.generation;
}

}  // namespace

DaemonGroups::DaemonGroups(
    Host& host, loop::Loop& loop, const Served& served, std::chrono::milliseconds ending
)
    : host_(host),
      loop_(loop),
      served_(served),
      ending_time_(ending),
      groups_(served.config.daemon_groups.size()) {}

// --- Requests

DaemonLink* DaemonGroups::least_busy(const Group& group) {
    // The first of equals: where there is little to do, few processes stay warm.
    DaemonLink* least_busy = nullptr;
    for (const auto& link : group.links) {
        if (link->state() == DaemonLink::State::kOpen &&
            (least_busy == nullptr || link->numbers().load() < least_busy->numbers().load())) {
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
                                          : link->numbers().open_count() < loads.requests_max() &&
                                                link->bytes_waiting() < kBytesWaitingMax;
    const std::uint64_t body = exchange.request().has_body() ? kBodyHeld : 0;
    // The head as it came, and as much of a body as waits here at a time. Given back when the
    // exchange is released.
    exchange.shares.load =
        has_room ? loads.admit(index, exchange.known.network, exchange.tally.bytes_received + body)
                 : GroupLoads::Hold();
    const bool is_admitted = static_cast<bool>(exchange.shares.load);
    // Not for each request: that would be another overload.
    if (const auto now = loop_.now(); !is_admitted && now >= group.tells_from) {
        group.tells_from = now + kFullGroupToldEvery;
        base::main_log().error(
            "group '{}' has more requests than it answers, or more of one client ({}) than that "
            "may have: further ones get 503",
            served_.config.daemon_groups[index].name,
            exchange.facts().remote_addr
        );
    }
    return is_admitted;
}

bool DaemonGroups::dispatch(DaemonStream& stream, std::uint32_t index) {
    Group& group = groups_[index];
    Exchange& exchange = stream.exchange();
    const DaemonLink* const link = least_busy(group);
    const bool is_in_vain = group.is_refused || (link == nullptr && host_.is_draining());
    if (is_in_vain || !admit(exchange, index, link)) {
        return false;
    }
    // The phase first: whatever fails from here on finds a stream that is this request's.
    stream.prepare(index, exchange.request().has_body());
    open_or_wait(stream, group);
    return true;
}

void DaemonGroups::open_or_wait(DaemonStream& stream, Group& group) {
    Exchange& exchange = stream.exchange();
    DaemonLink* const link = least_busy(group);
    if (link == nullptr) {
        group.waiting.push_back(&stream);
    } else if (!link->open(stream)) {
        base::main_log().error(
            "a request is too large for its daemon process, with what has been added to it: {}",
            exchange.request().target
        );
        // At the end of the turn: whoever dispatches is not told while it is still about to.
        too_large_.push_back(&stream);
    } else if (!look_.is_set()) {
        loop_.set(look_, kLookEvery);
    }
}

void DaemonGroups::forget(DaemonStream& stream) {
    // Few wait, and a client that goes meanwhile is rare: a list costs nothing else.
    std::erase(groups_[stream.group()].waiting, &stream);
    std::erase(too_large_, &stream);
}

// --- Links

void DaemonGroups::add_link(base::Fd socket, const ipc::Link& link) {
    Group& group = groups_[link.group];
    const std::string& name = served_.config.daemon_groups[link.group].name;
    const base::DisposalLane lane = disposal_of_group(name);
    if (lane.is_full()) {
        // Whatever is received of it would be closed behind what those before it have sent.
        base::main_log().error(
            "group '{}' has to wait: closing what its processes have sent takes long", name
        );
        ipc::close_link(std::move(socket), lane);
        if (least_busy(group) == nullptr) {
            refuse(link.group);
        }
        if (!host_.is_draining()) {
            host_.on_link_lost(link);
        }
        return;
    }
    // There is a process again.
    group.is_refused = false;
    group.links.push_back(std::make_unique<DaemonLink>(
        loop_,
        *this,
        std::move(socket),
        link,
        name,
        served_.process_loads.of(link.group, link.process)
    ));
    // Taken out first: one that still has to wait goes back in.
    for (DaemonStream* const stream : std::exchange(group.waiting, {})) {
        open_or_wait(*stream, group);
    }
}

void DaemonGroups::close_links(const ipc::Link& gone) {
    // It has ended, and is not overdue any more. Its link may stay open in a program that an
    // application of it has started: it is closed here.
    std::erase_if(leaving_, [&gone](const Leaving& leaving) {
        return is_same_process(leaving.place, gone);
    });
    if (DaemonLink* const link = find(gone)) {
        link->close();
    }
}

void DaemonGroups::refuse(std::uint32_t index) {
    Group& group = groups_[index];
    group.is_refused = true;
    fail_waiting(group);
}

// There is one such link at most.
DaemonLink* DaemonGroups::find(const ipc::Link& place) const {
    const auto& links = groups_[place.group].links;
    const auto found = std::ranges::find_if(links, [&place](const auto& link) {
        return link->is_open() && is_same_process(link->place(), place);
    });
    return found == links.end() ? nullptr : found->get();
}

void DaemonGroups::fail_waiting(Group& group) {
    for (DaemonStream* const stream : std::exchange(group.waiting, {})) {
        stream->on_link_lost(503);
    }
}

void DaemonGroups::on_link_stopping(DaemonLink& link) {
    leaving_.push_back({link.place(), loop_.now() + ending_time_});
    if (!overdue_.is_set()) {
        loop_.set(overdue_, ending_time_);
    }
}

// The supervisor replaces whoever is reported, and otherwise would not know that there is a process
// without a link.
void DaemonGroups::on_overdue() {
    while (!leaving_.empty() && leaving_.front().until <= loop_.now()) {
        const ipc::Link place = leaving_.front().place;
        leaving_.pop_front();
        if (DaemonLink* const link = find(place)) {
            link->lose(base::LogLevel::kError, "it has said that it ends, and goes on");
        }
        if (!host_.is_draining()) {
            host_.on_link_lost(place);
        }
    }
    if (!leaving_.empty()) {
        loop_.set(overdue_, leaving_.front().until - loop_.now());
    }
}

void DaemonGroups::look_at_links() {
    bool is_any_awaited = false;
    for (Group& group : groups_) {
        for (std::size_t i = group.links.size(); i-- > 0;) {
            is_any_awaited |= group.links[i]->is_awaited();
            group.links[i]->look();  // may take it out of the list
        }
    }
    if (is_any_awaited) {
        loop_.set(look_, kLookEvery);
    }
}

void DaemonGroups::on_link_ready(DaemonLink& link) { ready_links_.push_back(&link); }

void DaemonGroups::on_link_closed(DaemonLink& link) {
    std::erase(ready_links_, &link);
    auto& links = groups_[link.place().group].links;
    const auto found =
        std::ranges::find_if(links, [&link](const auto& owned) { return owned.get() == &link; });
    CHECK(found != links.end());
    // One that has said that it ends is expected to; while we stop ourselves, all links go.
    if (link.state() == DaemonLink::State::kLost && !host_.is_draining()) {
        host_.on_link_lost(link.place());
    }
    // Its functions may be below us, and a list of links with it in it: it lives until flush().
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
    if (host_.is_draining()) {
        // The supervisor starts nobody any more: who has no link now gets none.
        for (Group& group : groups_) {
            if (least_busy(group) == nullptr) {
                fail_waiting(group);
            }
        }
    }
    // After all that could have added to them. None of them can close here: a send completes in a
    // later turn.
    for (DaemonLink* const link : ready_links_) {
        link->flush();
    }
    ready_links_.clear();
    closed_links_.clear();
}

bool DaemonGroups::close_all() {
    loop_.unset(overdue_);
    loop_.unset(look_);
    for (Group& group : groups_) {
        for (std::size_t i = group.links.size(); i-- > 0;) {
            if (group.links[i]->is_open()) {
                group.links[i]->close();  // may take it out of the list
            }
        }
    }
    return std::ranges::all_of(groups_, [](const Group& group) { return group.links.empty(); });
}

}  // namespace server
