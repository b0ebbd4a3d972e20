// BodyShares: who has how much of the room for bodies: each virtual host, and in it each sender,
// which is an IPv4 address or an IPv6 network of 64 bits (what one customer has). No host has more
// than half of what the other hosts leave, and no sender more than half of what the others of its
// host leave. So whoever has little finds some, whatever those do who have much. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace server {

class BodyShares {
public:
    struct Host {
        std::size_t taken = 0;    // bytes
        std::size_t senders = 0;  // with bodies here
    };
    // One address at one virtual host; there as long as it has bodies.
    struct Sender {
        Host& host;
        const std::uint32_t host_number;
        const std::uint64_t network;
        std::size_t taken = 0;   // bytes
        std::size_t bodies = 0;  // some of which may have nothing
    };

    explicit BodyShares(std::size_t most) : most_(most) {}

    // One more body of `host` that comes from `address`, as text. It leaves with nothing.
    Sender& enter(std::uint32_t host, const std::string& address);
    void leave(Sender& sender);
    // What one body may have where it is alone.
    [[nodiscard]] std::size_t largest() const { return most_ / 4; }
    [[nodiscard]] bool has_room_for(const Sender& sender, std::size_t bytes) const {
        return shortage(sender, bytes) == 0;
    }
    // Had the sender nothing else.
    [[nodiscard]] bool has_room_for_only(const Sender& sender, std::size_t bytes) const;
    // What others have to give back before there is room, as relief() counts it.
    [[nodiscard]] std::size_t shortage(const Sender& sender, std::size_t bytes) const;
    [[nodiscard]] static std::size_t relief(
        const Sender& sender, const Sender& giving, std::size_t bytes
    );
    // With or without room: more may have come than was wanted.
    void add(Sender& sender, std::size_t bytes);
    void remove(Sender& sender, std::size_t bytes);
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
    std::unordered_map<std::uint32_t, Host> hosts_;
    std::unordered_map<Key, Sender, Hash> senders_;
};

}  // namespace server
