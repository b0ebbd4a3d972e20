// EarlyRoom: what an event loop keeps of requests that have not come to their end and that nobody
// has yet: heads, and the beginnings of bodies. Each may have a little by right; the rest is
// counted. Where there is no room for it, whoever has most makes some: of the virtual host that has
// most (one for all whose heads have not told it), the sender who has most (network_of()), and of
// his requests, among those that have a good part of the largest, the one that has stood still for
// longest. So nobody suffers from those who have more than he. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace server {

class EarlyRoom {
    struct Sender;

public:
    static constexpr std::size_t kByRight = 8 * 1024;
    static constexpr std::uint32_t kNoHost = std::numeric_limits<std::uint32_t>::max();

    // Whose request it is. It has left when it is called.
    class Guest {
    public:
        virtual ~Guest() = default;
        virtual void on_early_room_lost() = 0;
    };
    // Of one request at a time.
    class Place {
    public:
        // All of them outlive it; `address`: of the client, as text.
        Place(EarlyRoom& room, Guest& guest, const std::string& address)
            : room_(room), guest_(guest), address_(address) {}
        ~Place() { leave(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        // Something has come of the request, which is for `host` (kNoHost: nobody knows yet) and
        // has so many bytes. False: there is no room, and none has more; it has left.
        [[nodiscard]] bool grow_to(std::size_t bytes, std::uint32_t host) {
            return (bytes <= kByRight && sender_ == nullptr) ||
                   room_.grow(*this, bytes <= kByRight ? 0 : bytes - kByRight, host);
        }
        void leave() {
            if (sender_ != nullptr) {
                room_.give_back(*this);
            }
        }

    private:
        friend class EarlyRoom;
        EarlyRoom& room_;
        Guest& guest_;
        const std::string& address_;
        Sender* sender_ = nullptr;      // null: it has nothing
        std::size_t taken_ = 0;         // bytes, beyond what it may have by right
        std::uint64_t last_grown_ = 0;  // EarlyRoom::grown_ then
    };

    // `most`: bytes, of all.
    explicit EarlyRoom(std::size_t most) : most_(most) {}

    [[nodiscard]] std::size_t taken() const { return taken_; }

private:
    template <class Holder>
    using BySize = std::set<std::pair<std::size_t, Holder*>>;
    // By size, in powers of two, and then by how long it has stood still.
    struct Standing {
        int magnitude;
        std::uint64_t last_grown;
        Place* place;
        auto operator<=>(const Standing&) const = default;
    };
    struct Host;
    struct Sender {
        Host& host;
        const std::uint64_t network;
        std::size_t taken = 0;  // bytes
        std::set<Standing> places;
    };
    struct Host {
        const std::uint32_t number;
        std::size_t taken = 0;                              // bytes
        std::unordered_map<std::uint64_t, Sender> senders;  // by network
        BySize<Sender> by_size;                             // the same
    };

    static Standing standing_of(Place& place);
    static Place& first_to_go(const Sender& sender);
    [[nodiscard]] bool grow(Place& place, std::size_t bytes, std::uint32_t host);
    void give_back(Place& place);
    void enter(Place& place, std::uint32_t host);
    void leave(Place& place);
    void set(Place& place, std::size_t bytes);

    const std::size_t most_;
    std::size_t taken_ = 0;
    std::uint64_t grown_ = 0;  // so often
    bool has_told_ = false;    // of a crowd that still has more than half
    std::unordered_map<std::uint32_t, Host> hosts_;
    BySize<Host> by_size_;  // the same
};

}  // namespace server
