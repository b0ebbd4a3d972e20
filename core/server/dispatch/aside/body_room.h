// BodyRoom: what an event loop keeps of request bodies that come before anybody is called. Each may
// have a little by right; a larger one takes a place, which has room for all that is to come of it,
// so that whoever has one can be read to the end. Where there is no room it waits, which is to say
// that nothing more of it is received. Loop thread only.
//
//     idle ─ take() ─→ waits ⇄ has its place ─ leave() ─→ idle
//                        │        the way back: its turn was long enough, and others wait
//                        └─ on_no_room(): for too long;  on_room_lost(), from either: it was slow
//
// Who waits, and for whom (BodyShares says how much each may have):
//   - What a host or a sender has beyond its share keeps only itself waiting.
//   - Of those who wait, hosts that have least come first, in them senders that have least, and of
//     one sender's bodies those that have been in turn least often, the nearly complete first.
//   - Where somebody waits, the slowest body that has had its place for kTurn and is not nearly
//     complete keeps what has come of it, and waits for the rest; of a sender that has more than
//     the one who waits, or of his own.
//   - Where what has come is already too much, the slowest that has been there for kLent is ended.
//   - Nobody waits longer than Timeout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside/body_shares.h"

namespace server {

class BodyRoom {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;
    static constexpr std::size_t kByRight = 16 * 1024;
    static constexpr std::chrono::seconds kTurn{1};
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
        [[nodiscard]] std::size_t missing() const { return whole_ - came_; }

        Guest& guest_;
        BodyRoom* room_ = nullptr;  // null: idle
        BodyShares::Sender* sender_ = nullptr;
        bool is_waiting_ = false;
        std::size_t came_ = 0;   // bytes
        std::size_t taken_ = 0;  // 0: it is not in lent_
        std::size_t whole_ = 0;  // that it is to have
        Duration patience_{};
        Time lent_since_{};
        struct {
            int count = 0;  // that have ended
            Time since{};
            std::size_t came = 0;  // before it
        } turn_;
        struct {
            Time until{};
            std::size_t missing = 0;   // when it began
            std::uint64_t number = 0;  // in the order in which they came to wait
        } wait_;
        std::list<Place*>::iterator lent_at_;
        std::list<Place*>::iterator waiting_at_;
    };
    // Of a body.
    struct Claim {
        std::uint32_t host = 0;
        const std::string& address;  // of its client
        std::size_t came = 0;        // bytes, so far
        std::size_t whole = 0;       // that are to be kept
    };

    // `bytes`: of all that have a place.
    BodyRoom(loop::Loop& loop, std::size_t bytes) : loop_(loop), shares_(bytes) {}

    // Asked whenever some has come. True: it has its place, maybe since long. False: it waits, for
    // `patience` at most.
    [[nodiscard]] bool take(Place& place, const Claim& claim, Duration patience);
    [[nodiscard]] std::size_t taken() const { return shares_.taken(); }

private:
    // Of one sender's.
    struct Before {
        bool operator()(const Place* one, const Place* other) const;
    };
    using Line = std::set<Place*, Before>;
    using Hosts = std::unordered_set<std::uint32_t>;

    [[nodiscard]] bool has_room_for(const Place& place) const;
    void wait(Place& place);
    void stop_waiting(Place& place);
    void lend(Place& place);
    void reduce(Place& place, std::size_t bytes);
    void give_back(Place& place);
    template <class Condition>
    [[nodiscard]] Place* first(Condition is_meant) const;
    void serve(Place& place);
    void serve_waiting();

    void look();
    void give_up_waiting();
    void make_room();
    [[nodiscard]] bool has_to_yield(const Place& place, const Place& waiting) const;
    // Of all who have to yield: of his own host if there is one, of whoever has most, and there the
    // one whose `rest` takes longest; none where that says nothing.
    template <class Rest>
    [[nodiscard]] Place* last(const Place& waiting, Rest rest) const;
    [[nodiscard]] bool has_had_its_turn(const Place& place, const Place& waiting) const;
    [[nodiscard]] Place* slowest_in_turn(const Place& waiting) const;
    [[nodiscard]] Place* slowest_of_all(const Place& waiting) const;

    loop::Loop& loop_;
    BodyShares shares_;
    std::list<Place*> lent_;  // all that have something, be it that they wait for more
    std::list<Place*> waiting_;
    std::unordered_map<const BodyShares::Sender*, Line> lines_;  // the same, by sender
    std::uint64_t waited_ = 0;                                   // so many have come to wait
    loop::TimerFor<&BodyRoom::look> timer_{*this};               // while somebody waits
};

}  // namespace server
