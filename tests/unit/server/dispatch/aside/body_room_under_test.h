// A room for bodies whose time passes as the test says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/server/dispatch/aside/body_room.h"
#include "core/server/dispatch/aside/body_turns.h"
#include "tests/support/unit/scripted_ring.h"

namespace test {

using server::BodyRoom;
using server::BodyTurns;
using namespace std::chrono_literals;

struct BodyGuest final : BodyRoom::Guest {
    void on_room() override { ++told_of_room; }
    void on_no_room() override { has_given_up = true; }
    [[nodiscard]] bool has_place() const { return place.is_taken(); }
    // So much of it has come by now; true: it may go on.
    bool comes(std::size_t bytes) {
        return room.take(
            place, {.host = host, .address = address, .came = bytes, .whole = whole}, patience
        );
    }

    BodyGuest(BodyRoom& its_room, std::uint32_t its_host, std::string its_address)
        : room(its_room), host(its_host), address(std::move(its_address)) {}

    BodyRoom& room;
    const std::uint32_t host;
    const std::string address;
    std::size_t whole = 100;
    BodyRoom::Duration patience = 60s;
    BodyRoom::Place place{*this};
    int told_of_room = 0;
    bool has_given_up = false;
};

// 1200 bytes: a sender that is alone may have 300, and a little more than that for the last one.
class BodyRoomTest : public testing::Test {
protected:
    static constexpr std::uint32_t kHost = 1;
    static constexpr std::uint32_t kOther = 2;

    BodyRoomTest() {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        loop_ = std::move(*loop::Loop::create(
            std::make_unique<ScriptedRing>(), loop::Spin::kNever, []() noexcept { return now_; }
        ));
        room_ = std::make_unique<BodyRoom>(*loop_, 1200);
    }
    BodyGuest& idle_body(std::uint32_t host, const std::string& address = "10.0.0.1") {
        return bodies_.emplace_back(*room_, host, address);
    }
    // One of 100 bytes of which 10 have come.
    BodyGuest& body(std::uint32_t host, const std::string& address = "10.0.0.1") {
        BodyGuest& one = idle_body(host, address);
        const bool may_go_on = one.comes(10);
        EXPECT_EQ(may_go_on, one.has_place());
        return one;
    }
    std::vector<BodyGuest*> bodies(
        int count, std::uint32_t host, const std::string& address = "10.0.0.1"
    ) {
        std::vector<BodyGuest*> them;
        for (int i = 0; i < count; ++i) {
            them.push_back(&body(host, address));
        }
        return them;
    }
    static long with_place(const std::vector<BodyGuest*>& them) {
        return std::ranges::count_if(them, &BodyGuest::has_place);
    }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        loop_->turn(0ns);
        loop_->turn(0ns);
    }
    // Until the room has looked again.
    void pass_a_look() { pass(300ms); }

    static inline loop::Clock::time_point now_;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<BodyRoom> room_;
    std::deque<BodyGuest> bodies_;
};

}  // namespace test
