// BodyTurns: who of those that have their places in a BodyRoom makes room for one who waits. A
// value, as it is at one moment, of the room alone.
//
//   - Those yield to him of his own sender, and of such as have more than he. Where it is enough,
//     the slowest that have had their places for kTurn keep what has come of them, and wait for the
//     rest. One that is nearly complete does not, if as it goes it will have come within kLent.
//   - Where more than half of what those have is only kept, the one of these that came slowest in
//     its last turn is ended. Such are in a crowd bodies that have had a turn and wait, or would
//     leave next to nothing; and where no turns are enough, such as had kLent in all of theirs.
// How fast a body comes is judged by its turns alone: while it waits, it is us who are slow. What a
// client may take for itself is RequestReadTimeout's to say, whose clock stands still meanwhile.
#pragma once

#include <cstddef>
#include <list>

#include "core/server/dispatch/aside/body_place.h"
#include "core/server/served/sender_shares.h"

namespace server {

class BodyTurns {
public:
    using Time = BodyPlace::Time;
    using Duration = BodyPlace::Duration;
    static constexpr std::chrono::seconds kTurn{1};
    static constexpr std::chrono::seconds kLent{20};

    // `lent`: all that have something, be it that they wait for more.
    BodyTurns(const std::list<BodyPlace*>& lent, const SenderShares& shares, Time now)
        : lent_(lent), shares_(shares), now_(now) {}

    // One after the other, until there is room; the former first. Neither: nobody.
    struct Way {
        BodyPlace* yields = nullptr;  // its turn ends
        BodyPlace* ends = nullptr;
    };
    [[nodiscard]] Way who_makes_room(const BodyPlace& waiting) const;
    // Of the turn that it is in.
    [[nodiscard]] static double seconds_per_byte(const BodyPlace& place, Time now);

private:
    // Of what those have who have to yield to one who waits.
    struct Relief {
        bool is_of_crowd = false;  // there is room for more than one such as he
        bool is_to_come = false;   // turns that have not ended yet would leave him enough, too
        bool is_by_turns = false;  // those that have would
        bool is_by_ends = false;   // so would those and all that is only kept
    };

    // Seconds until it has come, if it goes on as in the turn that it is in.
    [[nodiscard]] double rest_of_turn(const BodyPlace& place) const;
    [[nodiscard]] bool has_to_yield(const BodyPlace& place, const BodyPlace& waiting) const;
    [[nodiscard]] bool has_had_its_turn(const BodyPlace& place, const BodyPlace& waiting) const;
    [[nodiscard]] bool only_keeps(const BodyPlace& place, const Relief& relief) const;
    [[nodiscard]] Relief relief_for(const BodyPlace& waiting) const;
    // Of all who have to yield the one that ranks highest; none where `rank` says nothing.
    template <class Rank>
    [[nodiscard]] BodyPlace* last(const BodyPlace& waiting, Rank rank) const;
    [[nodiscard]] BodyPlace* slowest_in_turn(const BodyPlace& waiting) const;
    [[nodiscard]] BodyPlace* slowest_kept(const BodyPlace& waiting, const Relief& relief) const;

    const std::list<BodyPlace*>& lent_;
    const SenderShares& shares_;
    const Time now_;
};

}  // namespace server
