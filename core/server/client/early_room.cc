#include "core/server/client/early_room.h"

#include "core/base/system/log.h"
#include "core/server/served/network.h"

namespace server {
namespace {

template <class Set, class Holder>
void reorder(Set& set, Holder& holder, std::size_t from, std::size_t to) {
    auto node = set.extract({from, &holder});
    node.value().first = to;
    set.insert(std::move(node));
}

}  // namespace

void EarlyRoom::enter(Place& place) {
    const std::uint64_t network = network_of(place.address_);
    Sender& sender =
        senders_.try_emplace(network, Sender{.network = network, .places = {}}).first->second;
    by_size_.insert({sender.taken, &sender});  // it may be there
    sender.places.insert({0, &place});
    place.sender_ = &sender;
}

void EarlyRoom::set(Place& place, std::size_t bytes) {
    Sender& sender = *place.sender_;
    const std::size_t others = sender.taken - place.taken_;
    reorder(by_size_, sender, sender.taken, others + bytes);
    reorder(sender.places, place, place.taken_, bytes);
    sender.taken = others + bytes;
    taken_ += bytes - place.taken_;
    place.taken_ = bytes;
}

bool EarlyRoom::grow(Place& place, std::size_t bytes) {
    if (place.sender_ == nullptr) {
        enter(place);
    }
    set(place, bytes);
    // From the start each time: whoever hears of it may have others leave.
    while (taken_ > most_) {
        Place& largest = *by_size_.rbegin()->second->places.rbegin()->second;
        if (!std::exchange(has_told_, true)) {  // one line for all of a crowd
            base::main_log().warn(
                "requests that do not come to their end hold too much memory; whoever has most is "
                "told 503, the first is {}",
                largest.address_
            );
        }
        largest.leave();
        if (&largest == &place) {
            return false;
        }
        largest.guest_.on_early_room_lost();
    }
    return true;
}

void EarlyRoom::give_back(Place& place) {
    set(place, 0);
    Sender& sender = *std::exchange(place.sender_, nullptr);
    sender.places.erase({0, &place});
    if (sender.places.empty()) {
        by_size_.erase({0, &sender});
        senders_.erase(sender.network);
    }
    has_told_ = has_told_ && taken_ > most_ / 2;
}

}  // namespace server
