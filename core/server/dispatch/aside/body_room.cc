#include "core/server/dispatch/aside/body_room.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/system/log.h"
#include "core/server/dispatch/aside/body_turns.h"

namespace server {
namespace {

constexpr std::chrono::milliseconds kLookAtWaitingEvery{250};
constexpr int kStepsAtOnce = 100;  // each looks at all who have a place

}  // namespace

void BodyPlace::leave() {
    if (room_ != nullptr) {
        room_->give_back(*this);
    }
}

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
        loop_.set(timer_, kLookAtWaitingEvery);
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
    place.turn_.seconds_per_byte = BodyTurns::seconds_per_byte(place, loop_.now());
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
BodyPlace* BodyRoom::next_of(const Line& line) const {
    Place* const oldest = line.by_age.begin()->second;
    return line.is_oldest_next && shares_.has_room_for_only(*oldest->sender_, oldest->whole_)
               ? oldest
               : *line.by_rank.begin();
}

// Of all who wait.
template <class Condition>
BodyPlace* BodyRoom::first(Condition is_meant) const {
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
        loop_.set(timer_, kLookAtWaitingEvery);
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
        const auto [yields, ends] = BodyTurns(lent_, shares_, loop_.now()).who_makes_room(*waiting);
        if (yields != nullptr) {
            end_turn(*yields);
        } else if (ends != nullptr) {
            ends->leave();
            ends->guest_.on_no_room();
        } else {
            without_hope.insert(waiting->sender_->host_number);
        }
    }
    serve_waiting();
}

}  // namespace server
