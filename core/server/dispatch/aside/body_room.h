// BodyRoom: what an event loop keeps of request bodies that come before anybody is called. Each may
// have a little by right; a larger one takes a place, which has room for all that is to come of it,
// so that whoever has one can be read to the end. Where there is no room it waits, which is to say
// that nothing more of it is received. Loop thread only.
//
//     idle ─ take() ─→ waits ⇄ in turn: it has its place ─ leave() ─→ idle
//                        │        the way back: its turn was long enough, and others wait
//                        └─ on_no_room(): for too long; or, from either, it came slowest
//
// Who waits, and for whom (SenderShares says how much each may have):
//   - What a host or a sender has beyond its share keeps only itself waiting.
//   - Of those who wait, hosts that have least come first, in them senders that have least. Of one
//     sender's bodies the first place is for those that have been in turn least often, the nearly
//     complete first, and the second for the one that has waited longest, and so on: a crowd of
//     new ones, or of such as never get complete, does not stand in front of others for ever.
//   - Who makes room for one who waits is for BodyTurns to say.
//   - Nobody waits longer than Timeout.
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
#include "core/server/dispatch/aside/body_place.h"
#include "core/server/served/sender_shares.h"

namespace server {

class BodyRoom {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;
    using Place = BodyPlace;
    using Guest = BodyPlace::Guest;

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
    friend class BodyPlace;
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

    loop::Loop& loop_;
    SenderShares shares_;
    std::list<Place*> lent_;  // all that have something, be it that they wait for more
    std::list<Place*> waiting_;
    std::unordered_map<const SenderShares::Sender*, Line> lines_;  // the same
    std::uint64_t waited_ = 0;                                     // so many have come to wait
    loop::TimerFor<&BodyRoom::look> timer_{*this};                 // while somebody waits
};

}  // namespace server
