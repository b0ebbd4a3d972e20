// A request that nobody answers yet, because something about it is still being found out (which
// group a dispatch script wants, what a client's host is called): what arrives of its body waits
// here. Lives in its Exchange. Loop thread only.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/server/answer/responder.h"

namespace server {

class Exchange;

class Deferred final : public Responder {
public:
    explicit Deferred(Exchange& exchange) : exchange_(exchange) {}

    void prepare();
    // It is known who answers: `responder` gets what has come of the body.
    void hand_over(Responder& responder);

    // Responder.
    void add_body(base::Bytes bytes) override { body_.append(bytes); }
    void end_body() override { has_ended_ = true; }
    void fail_body(const std::string& reason) override { failure_ = reason; }
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override { return false; }
    void take(Output& output) override { output.clear(); }  // there is no answer
    void announce_close() override;
    void abandon() override {}  // whoever finds out comes back, and sees that the client has gone

private:
    Exchange& exchange_;
    base::Buffer body_;
    bool has_ended_ = false;
    std::string failure_;  // why the body will never be complete
};

}  // namespace server
