// What goes to the client of one request, piece by piece: "100 Continue", and then what there is of
// its answer, bytes before a file. One piece is on its way at a time; it is told what has become of
// it, and says what is next. A part of its Http1. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/loop/parts.h"
#include "core/loop/timer.h"
#include "core/server/answer/exchange.h"
#include "core/server/client/directions/client_output.h"
#include "core/server/client/http1/answer_writer.h"
#include "core/server/client/request_host.h"

namespace server {

class AnswerSender {
public:
    using Duration = loop::Clock::duration;
    enum class Step : std::uint8_t {
        kNothing,   // all is out that has been said so far
        kSending,   // on_sent() is to be called
        kEnded,     // and nothing more follows
        kCutOff,    // a file has become shorter: the answer cannot be completed
        kNoMemory,  // nothing of the answer's new pieces goes out
    };

    AnswerSender(ClientOutput& output, RequestHost& host) : output_(output), host_(host) {}

    // For the answer to another request.
    void clear() { writer_.clear(); }
    // RFC 9110 section 15.2. `patience`: how long the client may take none of it.
    void send_continue(Duration patience);
    // The first bytes of whatever head is to follow, which then goes out without them. Once.
    void send_version(Duration patience);
    // The pieces that the exchange's answer has. With the first of them the head, which says
    // whether the connection lives on.
    Step send(Exchange& exchange, bool may_keep_alive, Duration patience);
    Step on_sent(Exchange& exchange, std::size_t bytes);

    [[nodiscard]] const AnswerWriter& writer() const { return writer_; }

private:
    [[nodiscard]] bool write(Exchange& exchange, bool may_keep_alive);
    Step go_on(Exchange& exchange);
    void skip_version();

    ClientOutput& output_;
    RequestHost& host_;
    AnswerWriter writer_;
    loop::Parts parts_;            // views of the exchange's answer and text
    bool is_version_out_ = false;  // and its head is not; stays for an answer in place of another
    Duration patience_{};
    bool is_file_ = false;  // on its way is a part of the file, not parts_
};

}  // namespace server
