// A request that nobody answers yet: something about it is still being found out (which group a
// dispatch script wants, what a client's host is called), or it waits for its body, so that a slow
// client does not hold a Python thread. What arrives of the body waits here. Lives in its
// exchange's Slot (slot.h). Loop thread only.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/responder.h"
#include "core/server/dispatch/aside/body_room.h"

namespace server {

class Deferred final : public Responder, private BodyRoom::Guest {
public:
    Deferred(Exchange& exchange, BodyRoom& room) : exchange_(exchange), room_(room) {}

    // The exchange is this one's from now on; `phase` says what it waits for. Where that is the
    // body, see wait_for_body().
    void wait(Exchange::Phase phase);
    // Whoever answers is known, and takes a thread only when has_enough(). A client that holds the
    // body back is told to go on as soon as there is room for it. `patience`: how long it may have
    // to wait for that.
    void wait_for_body(BodyRoom::Duration patience);
    // All of the body has come, or as much as is read ahead of the application.
    [[nodiscard]] bool has_enough() const;
    // Something has been found out. Where it is known who answers, he gets what has come of the
    // body; where nobody but the server does, it is dropped; and where there is something else to
    // wait for, it stays.
    void leave();
    // leave(), and the client hears of whoever answers now.
    void go_on();

    // Responder.
    void add_body(base::Bytes bytes) override;
    void end_body() override { has_ended_ = true; }
    void fail_body(const std::string& reason) override { failure_ = reason; }
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override;
    void take(Answer& taken) override { taken.clear(); }  // there is no answer
    [[nodiscard]] bool has_said_all() const override { return false; }
    void abandon() override;

private:
    void hand_over(Responder& responder);
    [[nodiscard]] bool takes_place();

    // BodyRoom::Guest
    void on_room() override;
    void on_no_room() override;

    Exchange& exchange_;
    BodyRoom& room_;
    BodyRoom::Place place_{*this};
    BodyRoom::Duration patience_{};
    base::Buffer body_;
    bool wants_continue_ = false;
    bool has_ended_ = false;
    std::string failure_;  // why the body will never be complete
};

}  // namespace server
