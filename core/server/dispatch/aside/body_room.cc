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
    place.wait_ = {
        .until = loop_.now() + place.patience_, .missing = place.missing(), .number = ++waited_};
    lines_[place.sender_].insert(&place);
    place.waiting_at_ = waiting_.insert(waiting_.end(), &place);
    place.is_waiting_ = true;
}

void BodyRoom::stop_waiting(Place& place) {
    const auto line = lines_.find(place.sender_);
    line->second.erase(&place);
    if (line->second.empty()) {
        lines_.erase(line);
    }
    waiting_.erase(place.waiting_at_);
    place.is_waiting_ = false;
}

void BodyRoom::lend(Place& place) {
    if (place.taken_ == 0) {
        place.lent_at_ = lent_.insert(lent_.end(), &place);
        place.lent_since_ = loop_.now();
    }
    place.turn_.since = loop_.now();
    place.turn_.came = place.came_;
    shares_.add(*place.sender_, place.whole_ - std::exchange(place.taken_, place.whole_));
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

// Of all who wait.
template <class Condition>
BodyRoom::Place* BodyRoom::first(Condition is_meant) const {
    Place* found = nullptr;
    const auto rank = [](const Place* place) {
        return std::tuple(place->sender_->host.taken, place->sender_->taken, place->wait_.number);
    };
    for (const auto& [sender, line] : lines_) {
        Place* const place = *line.begin();
        if ((found == nullptr || rank(place) < rank(found)) && is_meant(*place)) {
            found = place;
        }
    }
    return found;
}

void BodyRoom::serve(Place& place) {
    stop_waiting(place);
    lend(place);
    place.guest_.on_room();
}

// From the start each time: whoever hears of it may leave, or have others leave.
void BodyRoom::serve_waiting() {
    while (Place* const place = first([this](const Place& its) { return has_room_for(its); })) {
        serve(*place);
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
        return place->wait_.until <= now;
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
        } else if (Place* const in_turn = slowest_in_turn(*waiting)) {
            ++in_turn->turn_.count;
            reduce(*in_turn, in_turn->came_);
            wait(*in_turn);  // it hears of that when it asks for more
        } else if (Place* const slow = slowest_of_all(*waiting)) {
            slow->leave();
            slow->guest_.on_room_lost();
        } else {
            without_hope.insert(waiting->sender_->host_number);
        }
    }
    serve_waiting();
}

// Another host does only where it has more than its part, and the one who waits has less.
bool BodyRoom::has_to_yield(const Place& place, const Place& waiting) const {
    const BodyShares::Sender& its = *place.sender_;
    const BodyShares::Sender& wants = *waiting.sender_;
    if (&its.host == &wants.host) {
        return &its == &wants || its.taken > wants.taken;
    }
    const std::size_t part = shares_.even_part();
    return its.host.taken > part && wants.host.taken + waiting.missing() <= part;
}

template <class Rest>
BodyRoom::Place* BodyRoom::last(const Place& waiting, Rest rest) const {
    using Rank = std::tuple<bool, std::size_t, std::size_t, double>;
    Place* found = nullptr;
    Rank its_rank;
    for (Place* const place : lent_) {
        const std::optional<double> its_rest =
            has_to_yield(*place, waiting) ? rest(*place) : std::nullopt;
        if (!its_rest) {
            continue;
        }
        const BodyShares::Sender& sender = *place->sender_;
        const bool is_own_host = &sender.host == &waiting.sender_->host;
        const Rank rank(is_own_host, sender.host.taken, sender.taken, *its_rest);
        if (found == nullptr || rank > its_rank) {
            found = place;
            its_rank = rank;
        }
    }
    return found;
}

bool BodyRoom::has_had_its_turn(const Place& place, const Place& waiting) const {
    // The nearly complete would leave next to nothing to others, and wait behind all of them.
    const bool is_nearly_complete = place.missing() <= place.whole_ / 8;
    return !place.is_waiting_ && !is_nearly_complete && place.turn_.since + kTurn <= loop_.now() &&
           (place.sender_ != waiting.sender_ || place.turn_.count >= waiting.turn_.count);
}

BodyRoom::Place* BodyRoom::slowest_in_turn(const Place& waiting) const {
    return last(waiting, [&](const Place& place) -> std::optional<double> {
        if (!has_had_its_turn(place, waiting)) {
            return std::nullopt;
        }
        const Duration within = loop_.now() - place.turn_.since;
        return rest_of(place.missing(), place.came_ - place.turn_.came, within);
    });
}

BodyRoom::Place* BodyRoom::slowest_of_all(const Place& waiting) const {
    return last(waiting, [&](const Place& place) -> std::optional<double> {
        const Duration within = loop_.now() - place.lent_since_;
        if (within < kLent) {
            return std::nullopt;
        }
        return rest_of(place.missing(), place.came_, within);
    });
}

}  // namespace server
