// BodyRoom: what an event loop keeps of request bodies that come before anybody is called. Each may
// have a little by right; a larger one takes a place, and where there is none it waits, which is to
// say that nothing more of it is received. No virtual host has more than half of what is left, so
// that a crowd at one does not keep others waiting. A place is lent: who has had one for kLent, and
// is not there yet while somebody waits, loses it. Nobody waits longer than Timeout. Loop thread
// only.
//
//     idle ─ take() ─→ waits ─→ has its place ─ leave() ─→ idle
//                        └─ on_no_room()  └─ on_room_lost()
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "core/loop/loop.h"

namespace server {

class BodyRoom {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;
    static constexpr std::size_t kByRight = 16 * 1024;
    static constexpr std::chrono::seconds kLent{10};

    // Who has a place or waits for one. It has left before either of the latter two is called.
    class Guest {
    public:
        virtual ~Guest() = default;
        virtual void on_room() = 0;       // it has its place now
        virtual void on_room_lost() = 0;  // it was slow, and others wait
        virtual void on_no_room() = 0;    // it has waited for too long
    };
    class Place {
    public:
        explicit Place(Guest& guest) : guest_(guest) {}
        ~Place() { leave(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        void leave() {
            if (room_ != nullptr) {
                room_->give_back(*this);
            }
        }
        [[nodiscard]] bool is_taken() const { return room_ != nullptr && !is_waiting_; }

    private:
        friend class BodyRoom;
        Guest& guest_;
        BodyRoom* room_ = nullptr;  // null: idle
        std::uint32_t host_ = 0;
        std::size_t bytes_ = 0;
        bool is_waiting_ = false;
        Time until_{};  // it waits no longer, or others may have its place then
        std::list<Place*>::iterator at_;
    };

    // `bytes`: of all that have a place.
    BodyRoom(loop::Loop& loop, std::size_t bytes) : loop_(loop), most_(bytes) {}

    // True: it has its place, maybe since long. False: it waits, for `patience` at most.
    [[nodiscard]] bool take(Place& place, std::uint32_t host, std::size_t bytes, Duration patience);
    [[nodiscard]] std::size_t taken() const { return taken_; }

private:
    [[nodiscard]] bool has_room_for(std::uint32_t host, std::size_t bytes) const;
    void lend(Place& place);
    void give_back(Place& place);
    void serve_waiting();
    void look();
    void give_up_waiting();
    void take_from_the_slow();
    [[nodiscard]] std::size_t taken_by(std::uint32_t host) const;

    loop::Loop& loop_;
    const std::size_t most_;
    std::size_t taken_ = 0;
    std::unordered_map<std::uint32_t, std::size_t> taken_by_host_;
    std::list<Place*> lent_;  // in the order in which they were
    std::list<Place*> waiting_;
    loop::TimerFor<&BodyRoom::look> timer_{*this};  // while somebody waits
};

}  // namespace server
