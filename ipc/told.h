// What is the same for most requests of a link, such as their route, is told once: then it has a
// place, and the next request says which. The end that tells decides what stands where, and the
// other one keeps a copy; what has no number (request::Route::number) has no place. A place is for
// the link alone, so that each end may have numbers of its own. Where there is no memory to keep
// what is told, all that was kept goes, and the request is aborted; behind an abort all is told
// anew. What has been sent meanwhile, and refers to it, is aborted, too. Values; one thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/request/facts.h"
#include "core/request/route.h"

namespace ipc {

// Enough for most daemon processes, of which each serves few sites; little enough to be looked
// through.
constexpr std::size_t kPlaces = 16;

// The end that tells.
class Told {
public:
    struct Place {
        std::uint8_t number = 0;  // from 1 on; 0: it has none, and is to be told as it is
        bool is_told = false;     // what stands there is known already
    };
    [[nodiscard]] Place place_of(std::uint64_t number) const {
        if (number == 0) {
            return {};
        }
        for (std::size_t at = 0; at < kPlaces; ++at) {
            if (told_[at] == number) {
                return {static_cast<std::uint8_t>(at + 1), true};
            }
        }
        return {static_cast<std::uint8_t>(next_ + 1), false};
    }
    // It is on its way, at that place.
    void note(std::uint64_t number) {
        if (number != 0 && !place_of(number).is_told) {
            told_[next_] = number;
            next_ = (next_ + 1) % kPlaces;
        }
    }

private:
    std::array<std::uint64_t, kPlaces> told_{};
    std::size_t next_ = 0;  // which place is next to be another's
};

// The end that hears. A part that was kept has a number of this process.
template <class Part>
class Heard {
public:
    // Null: nothing has been told there.
    [[nodiscard]] const Part* at(std::size_t place) const {
        return place == 0 || place > kPlaces ? nullptr : parts_[place - 1].get();
    }
    // False: there is no such place.
    [[nodiscard]] bool keep(std::size_t place, Part& part) {
        if (place == 0 || place > kPlaces) {
            return false;
        }
        static std::atomic<std::uint64_t> last{0};
        std::unique_ptr<Part>& kept = parts_[place - 1];
        kept.reset();
        auto copy = std::make_unique<Part>(part);
        copy->number = last.fetch_add(1, std::memory_order_relaxed) + 1;
        part.number = copy->number;
        kept = std::move(copy);
        return true;
    }

private:
    std::array<std::unique_ptr<Part>, kPlaces> parts_;
};

// Of the requests of a link.
struct ToldParts {
    Told routes;
    Told surroundings;

    // A request has gone out.
    void note(const request::Route& route, const request::Facts& facts) {
        routes.note(route.number);
        surroundings.note(facts.number);
    }
};
struct HeardParts {
    Heard<request::Route> routes;
    Heard<request::Surroundings> surroundings;
};

}  // namespace ipc
