// A request that nobody answers yet: something about it is still being found out (which group a
// dispatch script wants, what a client's host is called), or it waits for its body, so that a slow
// client does not hold a Python thread. What arrives of the body waits here. Lives in its
// exchange's Slot (slot.h). Loop thread only.
#pragma once

#include <string>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/responder.h"

namespace server {

class Deferred final : public Responder {
public:
    // `early_bytes`: what the process keeps of all bodies that wait so.
    Deferred(Exchange& exchange, base::Budget& early_bytes)
        : exchange_(exchange), early_bytes_(early_bytes) {}

    // The exchange is this one's from now on; `phase` says what it waits for. Where that is the
    // body, whoever answers is known, and takes a thread only when has_enough().
    void wait(Exchange::Phase phase);
    // All of the body has come, or as much as is read ahead of the application.
    [[nodiscard]] bool has_enough() const;
    // Something has been found out. Where it is known who answers, he gets what has come of the
    // body; where nobody but the server does, it is dropped; and where there is something else to
    // wait for, it stays.
    void leave();

    // Responder.
    void add_body(base::Bytes bytes) override;
    void end_body() override { has_ended_ = true; }
    void fail_body(const std::string& reason) override { failure_ = reason; }
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override { return false; }
    void take(Answer& taken) override { taken.clear(); }  // there is no answer
    void abandon() override;

private:
    void hand_over(Responder& responder);

    Exchange& exchange_;
    base::Budget& early_bytes_;
    base::Buffer body_;
    base::Share share_;  // of early_bytes_
    bool is_share_used_up_ = false;
    bool has_ended_ = false;
    std::string failure_;  // why the body will never be complete
};

}  // namespace server
