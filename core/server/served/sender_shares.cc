#include "core/server/served/sender_shares.h"

#include "core/server/served/network.h"

namespace server {

std::size_t SenderShares::Hash::operator()(const Key& key) const {
    return std::hash<std::uint64_t>{}(key.network * 0x9e3779b97f4a7c15U + key.host);
}

SenderShares::Sender& SenderShares::enter(std::uint32_t host, const std::string& address) {
    const std::uint64_t network = network_of(address);
    const auto [at, is_new] = senders_.try_emplace(
        Key{host, network}, Sender{.host = hosts_[host], .host_number = host, .network = network}
    );
    Sender& sender = at->second;
    if (is_new) {
        ++sender.host.senders;
    }
    ++sender.entries;
    return sender;
}

void SenderShares::leave(Sender& sender) {
    if (--sender.entries > 0) {
        return;
    }
    const Key key{sender.host_number, sender.network};
    const bool is_last = --sender.host.senders == 0;
    senders_.erase(key);
    if (is_last) {
        hosts_.erase(key.host);
    }
}

// The host's half is of `most_ - others`; the sender may double what it has within that.
std::size_t SenderShares::shortage(const Sender& sender, std::size_t amount) const {
    const std::size_t others = taken_ - sender.host.taken;
    const std::size_t wanted = 2 * (sender.host.taken + sender.taken + amount) + others;
    return wanted > most_ ? wanted - most_ : 0;
}

std::size_t SenderShares::relief(const Sender& sender, const Sender& giving, std::size_t amount) {
    const bool is_own_host = &giving.host == &sender.host;
    return &giving == &sender ? 4 * amount : is_own_host ? 2 * amount : amount;
}

bool SenderShares::has_room_for_only(const Sender& sender, std::size_t amount) const {
    const std::size_t others = taken_ - sender.host.taken;
    return 2 * (sender.host.taken - sender.taken + amount) + others <= most_;
}

void SenderShares::add(Sender& sender, std::size_t amount) {
    sender.taken += amount;
    sender.host.taken += amount;
    taken_ += amount;
}

void SenderShares::remove(Sender& sender, std::size_t amount) {
    sender.taken -= amount;
    sender.host.taken -= amount;
    taken_ -= amount;
}

}  // namespace server
