// BodyRoom: what an event loop keeps of request bodies that come before anybody is called. Each may
// have a little by right; a larger one takes a place, which has room for all that is to come of it,
// so that whoever has one can be read to the end. Where there is no room it waits, which is to say
// that nothing more of it is received. Loop thread only.
//
//     idle ─ take() ─→ waits ⇄ in turn: it has its place ─ leave() ─→ idle
//                        │        the way back: its turn was long enough, and others wait
//                        └─ on_no_room(): for too long; or, from either, it came slowest
//
// Who waits, and for whom (BodyShares says how much each may have):
//   - What a host or a sender has beyond its share keeps only itself waiting.
//   - Of those who wait, hosts that have least come first, in them senders that have least. Of one
//     sender's bodies the first place is for those that have been in turn least often, the nearly
//     complete first, and the second for the one that has waited longest, and so on: a crowd of
//     new ones, or of such as never get complete, does not stand in front of others for ever.
//   - Those yield to him of his own sender, and of such as have more than he. Where it is enough,
//     the slowest that have had their places for kTurn keep what has come of them, and wait for the
//     rest. One that is nearly complete does not, if as it goes it will have come within kLent.
//   - Where more than half of what those have is only kept, the one of these that came slowest in
//     its last turn is ended. Such are in a crowd bodies that have had a turn and wait, or would
//     leave next to nothing; and where no turns are enough, such as had kLent in all of theirs.
//   - Nobody waits longer than Timeout.
// How fast a body comes is judged by its turns alone: while it waits, it is us who are slow. What a
// client may take for itself is RequestReadTimeout's to say, whose clock stands still meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
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
    static constexpr std::chrono::seconds kLent{20};

    // Who has a place or waits for one.
    class Guest {
    public:
        virtual ~Guest() = default;
        virtual void on_room() = 0;     // it has its place now
        virtual void on_no_room() = 0;  // it has left, and gets none
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
        [[nodiscard]] bool is_nearly_complete() const { return missing() <= whole_ / 8; }

        Guest& guest_;
        BodyRoom* room_ = nullptr;  // null: idle
        BodyShares::Sender* sender_ = nullptr;
        bool is_waiting_ = false;
        std::size_t came_ = 0;   // bytes
        std::size_t taken_ = 0;  // 0: it is not in lent_
        std::size_t whole_ = 0;  // that it is to have
        Duration patience_{};
        struct {
            int count = 0;                // that have ended
            double seconds_per_byte = 0;  // of the last that has ended
            Duration before{};            // all that have ended
            Time since{};
            std::size_t came = 0;  // before it
        } turn_;
        struct {
            Time since{};
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
    struct Before {
        bool operator()(const Place* one, const Place* other) const;
    };
    // Of one sender's who wait.
    struct Line {
        std::set<Place*, Before> by_rank;
        std::map<std::uint64_t, Place*> by_age;  // the same
        bool is_oldest_next = false;
    };
    using Hosts = std::unordered_set<std::uint32_t>;
    // Of what those have who have to yield to one who waits.
    struct Relief {
        bool is_of_crowd = false;  // there is room for more than one such as he
        bool is_to_come = false;   // turns that have not ended yet would leave him enough, too
        bool is_by_turns = false;  // those that have would
        bool is_by_ends = false;   // so would those and all that is only kept
    };

    [[nodiscard]] bool has_room_for(const Place& place) const;
    void wait(Place& place);
    void stop_waiting(Place& place);
    void lend(Place& place);
    void end_turn(Place& place);
    void reduce(Place& place, std::size_t bytes);
    void give_back(Place& place);
    [[nodiscard]] Place* next_of(const Line& line) const;
    template <class Condition>
    [[nodiscard]] Place* first(Condition is_meant) const;
    void serve(Place& place);
    void serve_waiting();

    void look();
    void give_up_waiting();
    void make_room();
    [[nodiscard]] bool has_to_yield(const Place& place, const Place& waiting) const;
    [[nodiscard]] bool has_had_its_turn(const Place& place, const Place& waiting) const;
    [[nodiscard]] bool only_keeps(const Place& place, const Relief& relief) const;
    [[nodiscard]] Relief relief_for(const Place& waiting) const;
    // Of all who have to yield the one that ranks highest; none where `rank` says nothing.
    template <class Rank>
    [[nodiscard]] Place* last(const Place& waiting, Rank rank) const;
    [[nodiscard]] Place* slowest_in_turn(const Place& waiting) const;
    [[nodiscard]] Place* slowest_kept(const Place& waiting, const Relief& relief) const;

    loop::Loop& loop_;
    BodyShares shares_;
    std::list<Place*> lent_;  // all that have something, be it that they wait for more
    std::list<Place*> waiting_;
    std::unordered_map<const BodyShares::Sender*, Line> lines_;  // the same
    std::uint64_t waited_ = 0;                                   // so many have come to wait
    loop::TimerFor<&BodyRoom::look> timer_{*this};               // while somebody waits
};

}  // namespace server
