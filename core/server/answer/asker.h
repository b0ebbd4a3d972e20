// Asker: the other end of an exchange as those see it who answer: it takes what there is to say,
// and knows where it goes. Http1Answer is one. Loop thread only.
//
// How a failure becomes a page, for each of these steps is in another room:
//
//     who was to answer        Http1Answer (client/)   Service, Dispatcher       the mapper, pages
//     answer_.fail(status) ──→ answer_failure() ─────→ answer_failure(), map() → ErrorDocument?
//                              answer_with_page() ←─── follow() ←─────────────── Outcome: a page
//                              send_page() ──────────→ give_page() ────────────→ http::make_page()
//                              send_answer() ←──────── Reply::answer
//
// Where the ErrorDocument is a script or a file, follow() dispatches that instead; `failure` and
// `shown_status` of the exchange keep a second failure from asking for an ErrorDocument again.
#pragma once

#include <cstdint>
#include <string>

#include "core/server/answer/page.h"
#include "core/site/map/outcome.h"

namespace server {

class Asker {
public:
    virtual ~Asker() = default;
    Asker() = default;
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    // The exchange's responder has something new to say.
    virtual void pump() = 0;
    // Answer with a page of the server's own, or with a file.
    virtual void answer_with_page(Page page) = 0;
    virtual void answer_with_file(const site::Outcome& outcome) = 0;
    // Who was to answer could not, and has said nothing: its ErrorDocument, or a page.
    virtual void answer_failure(int status) = 0;
    // Who was to answer says nothing, and is still at work with the exchange: a page in its stead,
    // for which the client gets another one. Where something has been said, the connection ends.
    virtual void answer_instead(Page page) = 0;
    // Some of the request's body is still to come, and the client does not hold it back.
    [[nodiscard]] virtual bool is_body_coming() const = 0;
    // All of it is, and the client waits for "100 Continue".
    [[nodiscard]] virtual bool is_body_held_back() const = 0;

    [[nodiscard]] virtual const std::string& remote_addr() const = 0;
    [[nodiscard]] virtual std::uint16_t remote_port() const = 0;
};

}  // namespace server
