#include "core/server/served/sender_shares.h"

#include <algorithm>

#include "core/server/served/network.h"

namespace server {

std::size_t SenderShares::Hash::operator()(const Key& key) const {
    return std::hash<std::uint64_t>{}(key.network * 0x9e3779b97f4a7c15U + key.host);
}

SenderShares::Both& SenderShares::Both::operator+=(const Both& more) {
    host += more.host;
    everywhere += more.everywhere;
    return *this;
}

bool SenderShares::Both::is_enough_for(const Both& wanted) const {
    return host >= wanted.host && everywhere >= wanted.everywhere;
}

SenderShares::Sender& SenderShares::enter(std::uint32_t host, const std::string& address) {
    const std::uint64_t network = network_of(address);
    Total& its_host = hosts_[host];
    Total& its_own = networks_[network];
    const auto [at, is_new] = senders_.try_emplace(
        Key{host, network},
        Sender{.host = its_host, .everywhere = its_own, .host_number = host, .network = network}
    );
    Sender& sender = at->second;
    if (is_new) {
        ++sender.host.senders;
        ++sender.everywhere.senders;
    }
    ++sender.entries;
    return sender;
}

void SenderShares::leave(Sender& sender) {
    if (--sender.entries > 0) {
        return;
    }
    const Key key{sender.host_number, sender.network};
    const bool is_last_of_host = --sender.host.senders == 0;
    const bool is_last_of_its = --sender.everywhere.senders == 0;
    senders_.erase(key);
    if (is_last_of_host) {
        hosts_.erase(key.host);
    }
    if (is_last_of_its) {
        networks_.erase(key.network);
    }
}

// A host's half is of `most_ - others`; the sender may double what it has within that. So it is
// with all that an address has: its half is of what other addresses leave, and what it has at one
// host may double within that.
SenderShares::Both SenderShares::shortage(const Sender& sender, std::size_t amount) const {
    const auto missing = [&](const Total& total) {
        const std::size_t wanted = taken_ + total.taken + 2 * (sender.taken + amount);
        return wanted > most_ ? wanted - most_ : 0;
    };
    return {.host = missing(sender.host), .everywhere = missing(sender.everywhere)};
}

SenderShares::Both SenderShares::relief(
    const Sender& sender, const Sender& giving, std::size_t amount
) {
    const auto counts = [&](bool is_own_total) {
        return &giving == &sender ? 4 * amount : is_own_total ? 2 * amount : amount;
    };
    return {
        .host = counts(&giving.host == &sender.host),
        .everywhere = counts(&giving.everywhere == &sender.everywhere)};
}

bool SenderShares::has_room_for_only(const Sender& sender, std::size_t amount) const {
    const std::size_t total = std::max(sender.host.taken, sender.everywhere.taken);
    return taken_ + total + 2 * amount <= most_ + 2 * sender.taken;
}

void SenderShares::add(Sender& sender, std::size_t amount) {
    sender.taken += amount;
    sender.host.taken += amount;
    sender.everywhere.taken += amount;
    taken_ += amount;
}

void SenderShares::remove(Sender& sender, std::size_t amount) {
    sender.taken -= amount;
    sender.host.taken -= amount;
    sender.everywhere.taken -= amount;
    taken_ -= amount;
}

}  // namespace server
