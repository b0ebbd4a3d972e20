// EarlyRoom: what an event loop keeps of requests that have not come to their end and that nobody
// has yet: heads, and the beginnings of bodies. Each may have a little by right; the rest is
// counted. Where there is no room for it, whoever has most makes some: of the sender who has most
// (network_of()), the largest. So nobody suffers from those who have more than he. Loop thread
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace server {

class EarlyRoom {
    struct Sender;

public:
    static constexpr std::size_t kByRight = 8 * 1024;

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

        // So much of the request has come. False: there is no room, and none has more; it has left.
        [[nodiscard]] bool grow_to(std::size_t bytes) {
            return bytes <= kByRight + taken_ || room_.grow(*this, bytes - kByRight);
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
        Sender* sender_ = nullptr;  // null: it has nothing
        std::size_t taken_ = 0;     // bytes, beyond what it may have by right
    };

    // `most`: bytes, of all.
    explicit EarlyRoom(std::size_t most) : most_(most) {}

    [[nodiscard]] std::size_t taken() const { return taken_; }

private:
    template <class Holder>
    using BySize = std::set<std::pair<std::size_t, Holder*>>;
    struct Sender {
        const std::uint64_t network;
        std::size_t taken = 0;  // bytes
        BySize<Place> places;
    };

    [[nodiscard]] bool grow(Place& place, std::size_t bytes);
    void give_back(Place& place);
    void enter(Place& place);
    void set(Place& place, std::size_t bytes);

    const std::size_t most_;
    std::size_t taken_ = 0;
    bool has_told_ = false;  // of a crowd that still has more than half
    std::unordered_map<std::uint64_t, Sender> senders_;
    BySize<Sender> by_size_;  // the same
};

}  // namespace server
