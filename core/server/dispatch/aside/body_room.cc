#include "core/server/dispatch/aside/body_room.h"

#include <algorithm>
#include <utility>

#include "core/base/system/log.h"

namespace server {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};

}  // namespace

bool BodyRoom::take(Place& place, std::uint32_t host, std::size_t bytes, Duration patience) {
    if (place.room_ != nullptr) {
        return place.is_taken();
    }
    place.room_ = this;
    place.host_ = host;
    place.bytes_ = std::min(bytes, most_ / 2);
    place.is_waiting_ = !has_room_for(host, place.bytes_);
    if (!place.is_waiting_) {
        lend(place);
        return true;
    }
    if (waiting_.empty()) {  // one line for all of a crowd
        base::main_log().warn("the bodies of requests wait for memory: too many come slowly");
        loop_.set(timer_, kLookEvery);
    }
    place.until_ = loop_.now() + patience;
    place.at_ = waiting_.insert(waiting_.end(), &place);
    return false;
}

// A host that is alone gets half of all; what is left for others shrinks with each that comes, and
// is never nothing.
bool BodyRoom::has_room_for(std::uint32_t host, std::size_t bytes) const {
    return taken_by(host) + bytes <= most_ - taken_;
}

void BodyRoom::lend(Place& place) {
    place.is_waiting_ = false;
    place.until_ = loop_.now() + kLent;
    place.at_ = lent_.insert(lent_.end(), &place);
    taken_ += place.bytes_;
    taken_by_host_[place.host_] += place.bytes_;
}

void BodyRoom::give_back(Place& place) {
    place.room_ = nullptr;
    if (place.is_waiting_) {
        waiting_.erase(place.at_);
        return;
    }
    lent_.erase(place.at_);
    taken_ -= place.bytes_;
    const auto its = taken_by_host_.find(place.host_);
    its->second -= place.bytes_;
    if (its->second == 0) {
        taken_by_host_.erase(its);
    }
    serve_waiting();
}

// In the order in which they came; those of a host that has its part are passed over.
void BodyRoom::serve_waiting() {
    std::list<Place*> served;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        Place& place = **at++;
        if (has_room_for(place.host_, place.bytes_)) {
            waiting_.erase(place.at_);
            lend(place);
            served.push_back(&place);
        }
    }
    // Afterwards: whoever hears of it may leave.
    for (Place* const place : served) {
        if (place->is_taken()) {
            place->guest_.on_room();
        }
    }
}

void BodyRoom::look() {
    give_up_waiting();
    take_from_the_slow();
    if (!waiting_.empty()) {
        loop_.set(timer_, kLookEvery);
    }
}

// From the start each time: whoever hears of it may have others leave.
void BodyRoom::give_up_waiting() {
    const auto is_over = [now = loop_.now()](const Place* place) { return place->until_ <= now; };
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

// As long as somebody waits, those lose their places who have had them for longer than they were
// lent, the first ones first; none of a host that has less than every one that waits.
void BodyRoom::take_from_the_slow() {
    std::size_t least = most_;
    for (const Place* const place : waiting_) {
        least = std::min(least, taken_by(place->host_));
    }
    while (!waiting_.empty()) {
        const auto found = std::ranges::find_if(lent_, [&](const Place* place) {
            return place->until_ <= loop_.now() && taken_by(place->host_) >= least;
        });
        if (found == lent_.end()) {
            return;
        }
        Place& place = **found;
        place.leave();
        place.guest_.on_room_lost();
    }
}

std::size_t BodyRoom::taken_by(std::uint32_t host) const {
    const auto its = taken_by_host_.find(host);
    return its == taken_by_host_.end() ? 0 : its->second;
}

}  // namespace server
