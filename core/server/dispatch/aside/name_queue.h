// NameQueue: the addresses whose names are to be looked up, by the virtual host whose rules ask for
// them and the sender whose they are (network_of()). Hosts take turns by base::Lanes; within a host
// senders do, each with one address at a time, and what may wait is divided as SenderShares does.
// One thread at a time.
//
//     add() ─→ kTurn: take() is due ─→ its sender is being looked up ─ end() ─→ a further take()
//         └→ kBehind: its sender has a turn already                       └→ over
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "core/server/served/sender_shares.h"

namespace server {

class NameQueue {
public:
    enum class Added : std::uint8_t { kRefused, kBehind, kTurn };
    struct Turn {
        SenderShares::Sender* sender;
        std::string address;
    };

    explicit NameQueue(std::size_t most) : shares_(most) {}

    // kRefused: its host or its sender has too many already.
    [[nodiscard]] Added add(std::uint32_t host, const std::string& address);
    // There is nobody to take what has just been added with kTurn.
    void take_back(std::uint32_t host);
    // Once for each kTurn, and for each end() that says so.
    [[nodiscard]] Turn take(std::uint32_t host);
    // True: its sender has another one, behind the others.
    [[nodiscard]] bool end(const Turn& turn);

    [[nodiscard]] std::size_t size() const { return shares_.taken(); }

private:
    void leave(SenderShares::Sender& sender);

    SenderShares shares_;
    // Those who have a turn, or are being looked up; and what waits behind it.
    std::unordered_map<SenderShares::Sender*, std::deque<std::string>> senders_;
    std::unordered_map<std::uint32_t, std::deque<SenderShares::Sender*>> turns_;  // by host
};

}  // namespace server
