#include "core/server/dispatch/aside/body_turns.h"

#include <optional>
#include <tuple>

namespace server {
namespace {

double seconds(BodyTurns::Duration time) { return std::chrono::duration<double>(time).count(); }

// How long the rest takes if it goes on as it did.
double rest_of(std::size_t missing, std::size_t came, BodyTurns::Duration within) {
    return static_cast<double>(missing) * seconds(within) / static_cast<double>(came + 1);
}

}  // namespace

double BodyTurns::seconds_per_byte(const BodyPlace& place, Time now) {
    return rest_of(1, place.came_ - place.turn_.came, now - place.turn_.since);
}

double BodyTurns::rest_of_turn(const BodyPlace& place) const {
    return rest_of(place.missing(), place.came_ - place.turn_.came, now_ - place.turn_.since);
}

BodyTurns::Way BodyTurns::who_makes_room(const BodyPlace& waiting) const {
    const Relief relief = relief_for(waiting);
    return {
        .yields = relief.is_by_turns ? slowest_in_turn(waiting) : nullptr,
        .ends = relief.is_by_ends ? slowest_kept(waiting, relief) : nullptr};
}

// Another host does only where it has more than its part, and he who waits would not have more; and
// so does the same sender at another host, whatever the host has.
bool BodyTurns::has_to_yield(const BodyPlace& place, const BodyPlace& waiting) const {
    const SenderShares::Sender& its = *place.sender_;
    const SenderShares::Sender& wants = *waiting.sender_;
    if (&its.host == &wants.host) {
        return &its == &wants || its.taken > wants.taken;
    }
    if (&its.everywhere == &wants.everywhere && its.taken >= wants.taken + waiting.missing()) {
        return true;
    }
    return its.host.taken > shares_.even_part() &&
           its.host.taken >= wants.host.taken + waiting.missing();
}

bool BodyTurns::has_had_its_turn(const BodyPlace& place, const BodyPlace& waiting) const {
    const Duration within = now_ - place.turn_.since;
    if (place.is_waiting_ || within < kTurn) {
        return false;
    }
    // It would leave next to nothing to others, and wait behind all of them.
    if (place.is_nearly_complete() && seconds(within) + rest_of_turn(place) <= seconds(kLent)) {
        return false;
    }
    // To one of the same sender that has been in turn more often only where that has waited for as
    // long as a turn takes.
    return place.sender_ != waiting.sender_ || place.turn_.count >= waiting.turn_.count ||
           waiting.wait_.since + kTurn <= now_;
}

bool BodyTurns::only_keeps(const BodyPlace& place, const Relief& relief) const {
    const Duration its_turn = place.is_waiting_ ? Duration{} : now_ - place.turn_.since;
    return (relief.is_of_crowd && place.turn_.count > 0 &&
            (place.is_waiting_ || place.is_nearly_complete())) ||
           (!relief.is_to_come && place.turn_.before + its_turn >= kLent);
}

BodyTurns::Relief BodyTurns::relief_for(const BodyPlace& waiting) const {
    const SenderShares::Both shortage =
        shares_.shortage(*waiting.sender_, waiting.whole_ - waiting.taken_);
    const auto relief_by = [&](const BodyPlace& place, std::size_t bytes) {
        return SenderShares::relief(*waiting.sender_, *place.sender_, bytes);
    };
    std::size_t taken = 0;
    SenderShares::Both by_turns;
    SenderShares::Both to_come;
    for (const BodyPlace* const place : lent_) {
        if (!has_to_yield(*place, waiting)) {
            continue;
        }
        taken += place->taken_;
        const SenderShares::Both its = relief_by(*place, place->taken_ - place->came_);
        if (has_had_its_turn(*place, waiting)) {
            by_turns += its;
        }
        if (!place->is_nearly_complete()) {
            to_come += its;
        }
    }
    Relief relief{
        .is_of_crowd = taken >= 2 * waiting.whole_,
        .is_to_come = to_come.is_enough_for(shortage),
        .is_by_turns = by_turns.is_enough_for(shortage)};
    std::size_t kept = 0;
    SenderShares::Both by_ends = by_turns;
    for (const BodyPlace* const place : lent_) {
        if (!has_to_yield(*place, waiting) || !only_keeps(*place, relief)) {
            continue;
        }
        kept += place->taken_;
        const bool yields = has_had_its_turn(*place, waiting);
        if (place != &waiting) {
            by_ends += relief_by(*place, yields ? place->came_ : place->taken_);
        }
    }
    relief.is_by_ends = 2 * kept > taken && by_ends.is_enough_for(shortage);
    return relief;
}

template <class Rank>
BodyPlace* BodyTurns::last(const BodyPlace& waiting, Rank rank) const {
    BodyPlace* found = nullptr;
    decltype(rank(waiting)) its_rank;
    for (BodyPlace* const place : lent_) {
        if (!has_to_yield(*place, waiting)) {
            continue;
        }
        const auto other_rank = rank(*place);
        if (other_rank && (found == nullptr || *other_rank > *its_rank)) {
            found = place;
            its_rank = other_rank;
        }
    }
    return found;
}

// Of his own host if there is one, of whoever has most, and there the one whose rest takes longest.
BodyPlace* BodyTurns::slowest_in_turn(const BodyPlace& waiting) const {
    using Rank = std::tuple<bool, std::size_t, std::size_t, double>;
    return last(waiting, [&](const BodyPlace& place) -> std::optional<Rank> {
        if (!has_had_its_turn(place, waiting)) {
            return std::nullopt;
        }
        const SenderShares::Sender& sender = *place.sender_;
        return Rank(
            &sender.host == &waiting.sender_->host,
            sender.host.taken,
            sender.taken,
            rest_of_turn(place)
        );
    });
}

// The last turn counts, or the first as far as it has come.
BodyPlace* BodyTurns::slowest_kept(const BodyPlace& waiting, const Relief& relief) const {
    using Rank = std::tuple<double, std::size_t>;
    return last(waiting, [&](const BodyPlace& place) -> std::optional<Rank> {
        if (!only_keeps(place, relief)) {
            return std::nullopt;
        }
        const double pace =
            place.turn_.count > 0 ? place.turn_.seconds_per_byte : seconds_per_byte(place, now_);
        return Rank(pace, place.sender_->taken);
    });
}

}  // namespace server
