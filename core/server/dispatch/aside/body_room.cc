#include "core/server/dispatch/aside/body_room.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "core/base/system/log.h"

namespace server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr int kStepsAtOnce = 100;  // each looks at all who have a place

double seconds(BodyRoom::Duration time) { return std::chrono::duration<double>(time).count(); }

// How long the rest takes if it goes on as it did.
double rest_of(std::size_t missing, std::size_t came, BodyRoom::Duration within) {
    return static_cast<double>(missing) * seconds(within) / static_cast<double>(came + 1);
}

}  // namespace

bool BodyRoom::Before::operator()(const Place* one, const Place* other) const {
    const auto rank = [](const Place* place) {
        return std::tuple(place->turn_.count, place->wait_.missing, place->wait_.number);
    };
    return rank(one) < rank(other);
}

bool BodyRoom::take(Place& place, const Claim& claim, Duration patience) {
    const bool is_new = place.room_ == nullptr;
    if (is_new) {
        place.sender_ = &shares_.enter(claim.host, claim.address);
        place.room_ = this;
        place.patience_ = patience;
    }
    place.came_ = claim.came;
    place.whole_ = std::max(std::min(claim.whole, shares_.largest()), claim.came);
    // The kernel may have handed over more than there was room for.
    if (place.taken_ > 0 && place.came_ > place.taken_) {
        shares_.add(*place.sender_, place.came_ - std::exchange(place.taken_, place.came_));
    }
    if (is_new) {
        has_room_for(place) ? lend(place) : wait(place);
    }
    return !place.is_waiting_;
}

bool BodyRoom::has_room_for(const Place& place) const {
    return shares_.has_room_for(*place.sender_, place.whole_ - place.taken_);
}

void BodyRoom::wait(Place& place) {
    if (waiting_.empty()) {  // one line for all of a crowd
        base::main_log().warn("the bodies of requests wait for memory: too many come slowly");
        loop_.set(timer_, kLookEvery);
    }
    place.wait_ = {.since = loop_.now(), .missing = place.missing(), .number = ++waited_};
    Line& line = lines_[place.sender_];
    line.by_rank.insert(&place);
    line.by_age.emplace(place.wait_.number, &place);
    place.waiting_at_ = waiting_.insert(waiting_.end(), &place);
    place.is_waiting_ = true;
}

void BodyRoom::stop_waiting(Place& place) {
    const auto line = lines_.find(place.sender_);
    line->second.by_rank.erase(&place);
    line->second.by_age.erase(place.wait_.number);
    if (line->second.by_rank.empty()) {
        lines_.erase(line);
    }
    waiting_.erase(place.waiting_at_);
    place.is_waiting_ = false;
}

void BodyRoom::lend(Place& place) {
    if (place.taken_ == 0) {
        place.lent_at_ = lent_.insert(lent_.end(), &place);
    }
    place.turn_.since = loop_.now();
    place.turn_.came = place.came_;
    shares_.add(*place.sender_, place.whole_ - std::exchange(place.taken_, place.whole_));
}

void BodyRoom::end_turn(Place& place) {
    ++place.turn_.count;
    const Duration lasted = loop_.now() - place.turn_.since;
    place.turn_.before += lasted;
    place.turn_.seconds_per_byte = rest_of(1, place.came_ - place.turn_.came, lasted);
    reduce(place, place.came_);
    wait(place);  // it hears of that when it asks for more
}

void BodyRoom::reduce(Place& place, std::size_t bytes) {
    if (place.taken_ > 0 && bytes == 0) {
        lent_.erase(place.lent_at_);
    }
    shares_.remove(*place.sender_, std::exchange(place.taken_, bytes) - bytes);
}

void BodyRoom::give_back(Place& place) {
    if (place.is_waiting_) {
        stop_waiting(place);
    }
    const bool had_something = place.taken_ > 0;
    reduce(place, 0);
    shares_.leave(*std::exchange(place.sender_, nullptr));
    place.room_ = nullptr;
    place.turn_ = {};
    if (had_something) {
        serve_waiting();
    }
}

// What could not be had even if all else of its sender went keeps nobody.
BodyRoom::Place* BodyRoom::next_of(const Line& line) const {
    Place* const oldest = line.by_age.begin()->second;
    return line.is_oldest_next && shares_.has_room_for_only(*oldest->sender_, oldest->whole_)
               ? oldest
               : *line.by_rank.begin();
}

// Of all who wait.
template <class Condition>
BodyRoom::Place* BodyRoom::first(Condition is_meant) const {
    Place* found = nullptr;
    const auto rank = [](const Place* place) {
        return std::tuple(place->sender_->host.taken, place->sender_->taken, place->wait_.number);
    };
    for (const auto& [sender, line] : lines_) {
        Place* const place = next_of(line);
        if ((found == nullptr || rank(place) < rank(found)) && is_meant(*place)) {
            found = place;
        }
    }
    return found;
}

void BodyRoom::serve(Place& place) {
    Line& line = lines_.at(place.sender_);
    line.is_oldest_next = !line.is_oldest_next;
    stop_waiting(place);
    lend(place);
    place.guest_.on_room();
}

// From the start each time: whoever hears of it may leave, or have others leave.
void BodyRoom::serve_waiting() {
    while (Place* const place = first([this](const Place& its) { return has_room_for(its); })) {
        serve(*place);
    }
    // What has begun to come has what it has anyway, and is the sooner away.
    while (true) {
        const auto found = std::ranges::find_if(waiting_, [this](const Place* place) {
            return place->taken_ > 0 && has_room_for(*place);
        });
        if (found == waiting_.end()) {
            return;
        }
        serve(**found);
    }
}

void BodyRoom::look() {
    give_up_waiting();
    make_room();
    if (!waiting_.empty()) {
        loop_.set(timer_, kLookEvery);
    }
}

void BodyRoom::give_up_waiting() {
    const auto is_over = [now = loop_.now()](const Place* place) {
        return place->wait_.since + place->patience_ <= now;
    };
    while (true) {
        const auto found = std::ranges::find_if(waiting_, is_over);
        if (found == waiting_.end()) {
            return;
        }
        Place& place = **found;
        place.leave();
        place.guest_.on_no_room();
    }
}

// Step by step, for whoever hears of one may change everything. Where there is nobody who had to
// yield to the first of a host, there is none for its others, who have more.
void BodyRoom::make_room() {
    Hosts without_hope;
    for (int step = 0; step < kStepsAtOnce; ++step) {
        Place* const waiting = first([&](const Place& place) {
            return !without_hope.contains(place.sender_->host_number);
        });
        if (waiting == nullptr) {
            break;
        }
        if (has_room_for(*waiting)) {
            serve(*waiting);
            continue;
        }
        const Relief relief = relief_for(*waiting);
        if (relief.is_by_turns) {
            end_turn(*slowest_in_turn(*waiting));
        } else if (relief.is_by_ends) {
            Place* const slow = slowest_kept(*waiting, relief);
            slow->leave();
            slow->guest_.on_no_room();
        } else {
            without_hope.insert(waiting->sender_->host_number);
        }
    }
    serve_waiting();
}

// Another host does only where it has more than its part, and he who waits would not have more.
bool BodyRoom::has_to_yield(const Place& place, const Place& waiting) const {
    const BodyShares::Sender& its = *place.sender_;
    const BodyShares::Sender& wants = *waiting.sender_;
    if (&its.host == &wants.host) {
        return &its == &wants || its.taken > wants.taken;
    }
    return its.host.taken > shares_.even_part() &&
           its.host.taken >= wants.host.taken + waiting.missing();
}

bool BodyRoom::has_had_its_turn(const Place& place, const Place& waiting) const {
    const Duration within = loop_.now() - place.turn_.since;
    if (place.is_waiting_ || within < kTurn) {
        return false;
    }
    // It would leave next to nothing to others, and wait behind all of them.
    const double rest = rest_of(place.missing(), place.came_ - place.turn_.came, within);
    if (place.is_nearly_complete() && seconds(within) + rest <= seconds(kLent)) {
        return false;
    }
    // To one of the same sender that has been in turn more often only where that has waited for as
    // long as a turn takes.
    return place.sender_ != waiting.sender_ || place.turn_.count >= waiting.turn_.count ||
           waiting.wait_.since + kTurn <= loop_.now();
}

bool BodyRoom::only_keeps(const Place& place, const Relief& relief) const {
    const Duration its_turn = place.is_waiting_ ? Duration{} : loop_.now() - place.turn_.since;
    return (relief.is_of_crowd && place.turn_.count > 0 &&
            (place.is_waiting_ || place.is_nearly_complete())) ||
           (!relief.is_to_come && place.turn_.before + its_turn >= kLent);
}

BodyRoom::Relief BodyRoom::relief_for(const Place& waiting) const {
    const std::size_t shortage =
        shares_.shortage(*waiting.sender_, waiting.whole_ - waiting.taken_);
    const auto relief_by = [&](const Place& place, std::size_t bytes) {
        return BodyShares::relief(*waiting.sender_, *place.sender_, bytes);
    };
    std::size_t taken = 0;
    std::size_t by_turns = 0;
    std::size_t to_come = 0;
    for (const Place* const place : lent_) {
        if (!has_to_yield(*place, waiting)) {
            continue;
        }
        taken += place->taken_;
        const std::size_t its = relief_by(*place, place->taken_ - place->came_);
        by_turns += has_had_its_turn(*place, waiting) ? its : 0;
        to_come += place->is_nearly_complete() ? 0 : its;
    }
    Relief relief{
        .is_of_crowd = taken >= 2 * waiting.whole_,
        .is_to_come = to_come >= shortage,
        .is_by_turns = by_turns >= shortage};
    std::size_t kept = 0;
    std::size_t by_ends = by_turns;
    for (const Place* const place : lent_) {
        if (!has_to_yield(*place, waiting) || !only_keeps(*place, relief)) {
            continue;
        }
        kept += place->taken_;
        const bool yields = has_had_its_turn(*place, waiting);
        by_ends += place == &waiting ? 0 : relief_by(*place, yields ? place->came_ : place->taken_);
    }
    relief.is_by_ends = 2 * kept > taken && by_ends >= shortage;
    return relief;
}

template <class Rank>
BodyRoom::Place* BodyRoom::last(const Place& waiting, Rank rank) const {
    Place* found = nullptr;
    decltype(rank(waiting)) its_rank;
    for (Place* const place : lent_) {
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
BodyRoom::Place* BodyRoom::slowest_in_turn(const Place& waiting) const {
    using Rank = std::tuple<bool, std::size_t, std::size_t, double>;
    return last(waiting, [&](const Place& place) -> std::optional<Rank> {
        if (!has_had_its_turn(place, waiting)) {
            return std::nullopt;
        }
        const BodyShares::Sender& sender = *place.sender_;
        const double rest = rest_of(
            place.missing(), place.came_ - place.turn_.came, loop_.now() - place.turn_.since
        );
        return Rank(&sender.host == &waiting.sender_->host, sender.host.taken, sender.taken, rest);
    });
}

// The last turn counts, or the first as far as it has come.
BodyRoom::Place* BodyRoom::slowest_kept(const Place& waiting, const Relief& relief) const {
    using Rank = std::tuple<double, std::size_t>;
    return last(waiting, [&](const Place& place) -> std::optional<Rank> {
        if (!only_keeps(place, relief)) {
            return std::nullopt;
        }
        const double pace =
            place.turn_.count > 0
                ? place.turn_.seconds_per_byte
                : rest_of(1, place.came_ - place.turn_.came, loop_.now() - place.turn_.since);
        return Rank(pace, place.sender_->taken);
    });
}

}  // namespace server
