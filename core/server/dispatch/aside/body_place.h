// BodyPlace: a body that has its place in a BodyRoom, or waits for one, or neither. Belongs to
// whoever receives the body, and leaves with him. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "core/loop/loop.h"
#include "core/server/served/sender_shares.h"

namespace server {

class BodyRoom;

class BodyPlace {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;

    // Who has a place or waits for one.
    class Guest {
    public:
        virtual ~Guest() = default;
        virtual void on_room() = 0;     // it has its place now
        virtual void on_no_room() = 0;  // it has left, and gets none
    };

    explicit BodyPlace(Guest& guest) : guest_(guest) {}
    ~BodyPlace() { leave(); }
    BodyPlace(const BodyPlace&) = delete;
    BodyPlace& operator=(const BodyPlace&) = delete;

    void leave();
    [[nodiscard]] bool is_taken() const { return room_ != nullptr && !is_waiting_; }

private:
    friend class BodyRoom;
    friend class BodyTurns;
    [[nodiscard]] std::size_t missing() const { return whole_ - came_; }
    [[nodiscard]] bool is_nearly_complete() const { return missing() <= whole_ / 8; }

    Guest& guest_;
    BodyRoom* room_ = nullptr;  // null: idle
    SenderShares::Sender* sender_ = nullptr;
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
    std::list<BodyPlace*>::iterator lent_at_;
    std::list<BodyPlace*>::iterator waiting_at_;
};

}  // namespace server
