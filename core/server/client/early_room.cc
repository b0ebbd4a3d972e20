#include "core/server/client/early_room.h"

#include <algorithm>
#include <bit>

#include "core/base/system/log.h"
#include "core/server/served/network.h"

namespace server {
namespace {

template <class Set>
void reorder(Set& set, const typename Set::value_type& from, const typename Set::value_type& to) {
    auto node = set.extract(from);
    node.value() = to;
    set.insert(std::move(node));
}

}  // namespace

EarlyRoom::Standing EarlyRoom::standing_of(Place& place) {
    return {static_cast<int>(std::bit_width(place.taken_)), place.last_grown_, &place};
}

// Whoever stays a little below the others is no better than they are, and the one that gets on
// makes room by itself before long.
EarlyRoom::Place& EarlyRoom::first_to_go(const Sender& sender) {
    const int largest = sender.places.rbegin()->magnitude;
    const auto of_largest = sender.places.lower_bound({largest, 0, nullptr});
    const auto of_next = sender.places.lower_bound({largest - 1, 0, nullptr});
    return of_next->last_grown < of_largest->last_grown ? *of_next->place : *of_largest->place;
}

void EarlyRoom::enter(Place& place, std::uint32_t host_number) {
    Host& host = hosts_.try_emplace(host_number, Host{host_number, 0, {}, {}}).first->second;
    by_size_.insert({host.taken, &host});  // it may be there
    const std::uint64_t network = network_of(place.address_);
    Sender& sender = host.senders.try_emplace(network, Sender{host, network, 0, {}}).first->second;
    host.by_size.insert({sender.taken, &sender});  // likewise
    sender.places.insert(standing_of(place));
    place.sender_ = &sender;
}

void EarlyRoom::set(Place& place, std::size_t bytes) {
    Sender& sender = *place.sender_;
    Host& host = sender.host;
    const Standing before = standing_of(place);
    const std::size_t of_sender = sender.taken - place.taken_ + bytes;
    const std::size_t of_host = host.taken - place.taken_ + bytes;
    taken_ += bytes - place.taken_;
    place.taken_ = bytes;
    place.last_grown_ = ++grown_;
    reorder(sender.places, before, standing_of(place));
    reorder(host.by_size, {sender.taken, &sender}, {of_sender, &sender});
    reorder(by_size_, {host.taken, &host}, {of_host, &host});
    sender.taken = of_sender;
    host.taken = of_host;
}

bool EarlyRoom::grow(Place& place, std::size_t bytes, std::uint32_t host) {
    if (place.sender_ != nullptr && place.sender_->host.number != host) {
        bytes = std::max(bytes, place.taken_);
        leave(place);  // its head has told for which one it is
    }
    if (place.sender_ == nullptr) {
        enter(place, host);
    }
    set(place, std::max(bytes, place.taken_));
    // From the start each time: whoever hears of it may have others leave.
    while (taken_ > most_) {
        Place& first = first_to_go(*by_size_.rbegin()->second->by_size.rbegin()->second);
        if (!std::exchange(has_told_, true)) {  // one line for all of a crowd
            base::main_log().warn(
                "requests that do not come to their end hold too much memory; whoever has most is "
                "told 503, the first is {}",
                first.address_
            );
        }
        first.leave();
        if (&first == &place) {
            return false;
        }
        first.guest_.on_early_room_lost();
    }
    return true;
}

void EarlyRoom::leave(Place& place) {
    set(place, 0);
    Sender& sender = *std::exchange(place.sender_, nullptr);
    Host& host = sender.host;
    sender.places.erase(standing_of(place));
    if (sender.places.empty()) {
        host.by_size.erase({0, &sender});
        host.senders.erase(sender.network);
    }
    if (host.senders.empty()) {
        by_size_.erase({0, &host});
        hosts_.erase(host.number);
    }
}

void EarlyRoom::give_back(Place& place) {
    leave(place);
    has_told_ = has_told_ && taken_ > most_ / 2;
}

}  // namespace server
