// A request that nobody answers yet: something about it is still being found out (which group a
// dispatch script wants, what a client's host is called), or it waits for its body, so that a slow
// client does not hold a Python thread. What arrives of the body waits here. Lives in its Exchange.
// Loop thread only.
#pragma once

#include <string>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/server/answer/responder.h"

namespace server {

class Exchange;

class Deferred final : public Responder {
public:
    explicit Deferred(Exchange& exchange) : exchange_(exchange) {}

    void prepare();
    // Whoever was to answer is known, and takes a thread only when has_enough(). Nobody else has
    // the exchange meanwhile.
    void wait_for_body() { waits_ = Waits::kForBody; }
    [[nodiscard]] bool is_waiting_for_body() const { return waits_ == Waits::kForBody; }
    // All of the body has come, or as much as is read ahead of the application.
    [[nodiscard]] bool has_enough() const;
    // It is known who answers: `responder` gets what has come of the body.
    void hand_over(Responder& responder);

    // Responder.
    void add_body(base::Bytes bytes) override;
    void end_body() override { has_ended_ = true; }
    void fail_body(const std::string& reason) override { failure_ = reason; }
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override { return false; }
    void take(Output& output) override { output.clear(); }  // there is no answer
    void announce_close() override;
    void abandon() override;

private:
    enum class Waits {
        kForNews,  // whoever finds out has the exchange until it comes back through the inbox
        kForBody,
    };

    Exchange& exchange_;
    Waits waits_ = Waits::kForNews;
    base::Buffer body_;
    base::Share share_;  // of what the process keeps of all such bodies
    bool is_share_used_up_ = false;
    bool has_ended_ = false;
    std::string failure_;  // why the body will never be complete
};

}  // namespace server
