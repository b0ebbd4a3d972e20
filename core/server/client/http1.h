// HTTP/1.x on one connection: received bytes become requests, answers become bytes. One request at
// a time: what a client pipelines behind it waits (64 KiB of it as long as what all clients have
// there is below a bound, and what the kernel had handed over by then), and is never looked at
// after an error, because nobody knows what it means (request smuggling, CWE-444). A part of its
// Connection, which has the bytes and the time. Loop thread only.
//
// Whatever it asks of the connection completes in a later turn of the handlers: no function here is
// entered inside another that waits for it, and a turn serves a client that pipelines a few
// requests and then others.
#pragma once

#include <string>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/server/answer/client.h"
#include "core/server/answer/exchange.h"
#include "core/server/client/answer_sender.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/patience.h"
#include "http/parser/parser.h"

namespace server {

class Connection;

class Http1 final : public http::BodyReceiver, public Client {
public:
    using Time = loop::Clock::time_point;

    Http1(ConnectionHost& host, Connection& connection);
    ~Http1() override;

    // What has become of the connection.
    void start();
    void on_bytes(base::Bytes input);
    // Once when it comes, and again when all has been answered that came before it.
    void on_end_of_stream();
    void on_sent(std::size_t bytes);
    // It is past due().
    void on_client_too_slow();
    void on_paused();
    void on_resumed();
    // Idle connections close at once, others after the answer that they wait for.
    void drain();
    // Between requests it goes by the newest generation; a request that has begun keeps its own.
    void renew();
    // It has begun to close; what is in flight still needs the exchange.
    void on_closing();
    // Nothing is in flight any more.
    void let_go();

    // Whether the client may send on; the one place that decides.
    [[nodiscard]] bool wants_bytes(bool is_paused);
    // When the client will have been too slow; Time::max() where nobody waits for it.
    [[nodiscard]] Time due(bool is_paused) const;
    // Nobody else is to blame if nothing happens: neither an application that runs, nor whatever
    // is still to be found out. `is_sending`: it does not take what is on its way.
    [[nodiscard]] bool awaits_client(bool is_paused, bool is_sending) const;
    // That have been understood so far.
    [[nodiscard]] int requests() const { return requests_; }
    // The virtual hosts that the client may ask for.
    [[nodiscard]] const site::HostNames& names() const { return *names_; }

    // Client
    void pump() override;
    void answer_with_page(Page page) override;
    void answer_with_file(const site::Outcome& outcome) override;
    void answer_failure(int status) override;
    [[nodiscard]] bool is_body_coming() const override { return body_ == Body::kComing; }
    [[nodiscard]] bool is_body_held_back() const override { return body_ == Body::kHeldBack; }
    [[nodiscard]] const std::string& remote_addr() const override;
    [[nodiscard]] std::uint16_t remote_port() const override;

    // http::BodyReceiver
    void on_body(base::Bytes bytes) override;

private:
    // Exactly in kHead, kAsked and kAnswering there is an exchange that anybody hears; in kOver one
    // may still be needed by what is in flight.
    //
    //     kIdle → kHead → kAsked → kAnswering → kIdle, or kSkipping → kIdle, or kOver
    //               └───────┴── an error of the client's: a page of ours, then kOver
    enum class State : std::uint8_t {
        kIdle,       // between requests: of the next one there is no byte yet
        kHead,       // reads a request's head
        kAsked,      // a request is with its responder, who has said nothing yet: whatever goes
                     // wrong can still be told the client
        kAnswering,  // something has been said: what goes wrong now breaks the connection
        kSkipping,   // answered, and the rest of its body is read and dropped
        kOver,       // everything is said, or nobody listens: what comes is not looked at
    };
    // The body of the request in kAsked and kAnswering.
    enum class Body : std::uint8_t {
        kComplete,  // or there is none: what comes is the next request
        kHeldBack,  // the client waits for "100 Continue": no clock runs
        kComing,
        kFailed,  // it will never be complete: nothing further is looked at
    };

    void go_by(const Generation::Hold& generation);
    [[nodiscard]] bool may_pipeline_more(bool is_paused);

    // From bytes to a request and its body.
    void parse(base::Bytes& input);
    void parse_waiting();
    void read_request(base::Bytes& input);
    void skip_body(base::Bytes& input);
    void begin_exchange();
    void answer_request(bool has_body, bool has_more_input);
    void expect_body();
    void end_body();
    void fail_body(const char* reason);
    void reject(const http::ParseError& error);
    void replace_exchange();

    // From an answer to bytes.
    void send_what_there_is();
    void send_answer();
    void send_page();
    void fail_for_memory();
    void close_unless_body_can_be_skipped();
    void end_answer();
    void next_request();
    void become_idle();
    void end();

    [[nodiscard]] Time now() const { return host_.loop().now(); }
    [[nodiscard]] bool has_request() const {
        return state_ == State::kAsked || state_ == State::kAnswering;
    }
    // What comes next belongs to the request that is being read.
    [[nodiscard]] bool awaits_more() const {
        return state_ == State::kIdle || state_ == State::kHead ||
               (has_request() && is_body_missing());
    }
    // The client waits for us to go on with the body, or it is on its way.
    [[nodiscard]] bool is_body_missing() const {
        return body_ == Body::kHeldBack || body_ == Body::kComing;
    }

    ConnectionHost& host_;
    RequestHost& service_;
    Connection& connection_;
    State state_ = State::kIdle;
    Body body_ = Body::kComplete;
    // Of the newest request, or what the next one is to be served by; see go_by().
    Generation::Hold generation_;
    http::Limits limits_;
    const site::HostNames* names_ = nullptr;
    // Of the newest request; before the first, the first one of the address, as in Apache.
    const ServedHost* virtual_host_ = nullptr;
    http::Parser parser_{limits_, *this};
    Exchange* exchange_ = nullptr;  // from the first byte of a request to the last of its answer
    base::Buffer waiting_;          // received behind a complete request, not yet parsed
    base::Share waiting_share_;     // of what the process keeps so
    AnswerSender sender_;
    Patience patience_;        // with the client
    bool must_close_ = false;  // after this answer; its head says so, unless that is out already
    int requests_ = 0;
};

}  // namespace server
