// SenderShares: who has how much of what there is not enough of for everybody (bytes of bodies,
// files): each virtual host, and in it each sender, as network_of() tells them apart. No host has
// more than half of what the other hosts leave, and in it no sender more than half of what the
// others of the host leave; likewise no sender at all hosts together more than half of what the
// other senders leave, nor at one of them more than half of what it has left itself at the others.
// So whoever has little finds some, whatever those do who have much, at however many hosts. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace server {

class SenderShares {
public:
    // Of a host, or of one address at all hosts.
    struct Total {
        std::size_t taken = 0;
        std::size_t senders = 0;  // that have entered
    };
    // One address at one virtual host; there as long as anything of its is.
    struct Sender {
        Total& host;
        Total& everywhere;  // of this address
        const std::uint32_t host_number;
        const std::uint64_t network;
        std::size_t taken = 0;
        std::size_t entries = 0;  // some of which may have nothing
    };

    explicit SenderShares(std::size_t most) : most_(most) {}

    // One more of `host` that is for `address`, as text. It leaves with nothing.
    Sender& enter(std::uint32_t host, const std::string& address);
    void leave(Sender& sender);
    // What one may have where it is alone.
    [[nodiscard]] std::size_t largest() const { return most_ / 4; }
    [[nodiscard]] bool has_room_for(const Sender& sender, std::size_t amount) const {
        return Both{}.is_enough_for(shortage(sender, amount));
    }
    // Had the sender nothing else.
    [[nodiscard]] bool has_room_for_only(const Sender& sender, std::size_t amount) const;
    // What is missing, or given back, of what a host may have and of what an address may.
    struct Both {
        std::size_t host = 0;
        std::size_t everywhere = 0;
        Both& operator+=(const Both& more);
        [[nodiscard]] bool is_enough_for(const Both& wanted) const;
    };
    // What others have to give back before there is room, as relief() counts it.
    [[nodiscard]] Both shortage(const Sender& sender, std::size_t amount) const;
    [[nodiscard]] static Both relief(
        const Sender& sender, const Sender& giving, std::size_t amount
    );
    // With or without room: more may have come than was wanted.
    void add(Sender& sender, std::size_t amount);
    void remove(Sender& sender, std::size_t amount);
    [[nodiscard]] std::size_t taken() const { return taken_; }
    // That each host may have, were there one more of them and all in equal parts.
    [[nodiscard]] std::size_t even_part() const { return most_ / (hosts_.size() + 1); }

private:
    struct Key {
        std::uint32_t host;
        std::uint64_t network;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };

    const std::size_t most_;
    std::size_t taken_ = 0;
    std::unordered_map<std::uint32_t, Total> hosts_;
    std::unordered_map<std::uint64_t, Total> networks_;
    std::unordered_map<Key, Sender, Hash> senders_;
};

}  // namespace server
