// A client's connection: bytes become requests, answers become bytes.
// Loop thread only. Lives until its last operation has completed; see close(). One request at a
// time: what a client pipelines behind it waits (64 KiB of it, and what the kernel had handed over
// by then), and is never looked at after an error. Whatever it asks for completes in a later
// turn of the handlers, so that no handler is entered inside another, and a turn serves a client
// that pipelines a few requests and then others.
#pragma once

#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/config/model/config.h"
#include "core/loop/loop.h"
#include "core/loop/parts.h"
#include "core/loop/transport.h"
#include "core/server/answer/client.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/page.h"
#include "core/server/answer/responder.h"
#include "core/server/client/answer_writer.h"
#include "core/server/client/read_clock.h"
#include "core/server/client/send_clock.h"
#include "core/server/logs/access_log.h"
#include "core/server/served/served.h"
#include "core/site/map/outcome.h"
#include "http/parser.h"

namespace server {

// A listening socket as connections see it.
struct Endpoint {
    int fd = -1;
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
    bool is_wildcard = false;
};

class Connection final : public http::BodyReceiver, public Client {
public:
    // The event loop's thread that it is part of.
    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] loop::Loop& loop() const { return loop_; }
        [[nodiscard]] const Served& served() const { return served_; }
        // The process stops.
        [[nodiscard]] virtual bool is_draining() const = 0;
        // The connection is destroyed at the end of the turn.
        virtual void remove(Connection& connection) = 0;

        [[nodiscard]] virtual Exchange& take_exchange() = 0;
        virtual void release_exchange(Exchange& exchange) = 0;
        // The connection has gone; the exchange is released once its responder has ended.
        virtual void abandon(Exchange& exchange) = 0;

        // The request's first byte has come.
        virtual void note_begin(Exchange& exchange) = 0;
        // Finds the virtual host, and fills what a request is told about its surroundings.
        virtual const ServedHost& locate(Exchange& exchange, const Connection& connection) = 0;
        virtual void dispatch(Exchange& exchange) = 0;
        // More of the body of a request that is deferred, or its end.
        virtual void on_body_arrived(Exchange& exchange) = 0;

        // Whoever was to answer could not, and nothing has been said: the ErrorDocument of
        // `status`, or a page.
        virtual void answer_failure(Exchange& exchange, int status) = 0;
        // Makes exchange.page the answer.
        virtual void give_page(Exchange& exchange) = 0;
        // Makes a file the answer, or says which page the client gets instead.
        virtual std::optional<Page> give_file(Exchange& exchange, const site::Outcome& outcome) = 0;
        // What the head of its answer depends on, but for what the connection knows; valid in this
        // turn.
        [[nodiscard]] virtual http::HeadContext head_context(Exchange& exchange) const = 0;
        // The head of the answer, as it is about to be sent.
        virtual void note_head(Exchange& exchange, std::string_view text) = 0;

        // Of an answer that has ended or broken off.
        virtual void log_access(
            Exchange& exchange, const Connection& connection, AfterAnswer after
        ) = 0;
        virtual void log_client(
            const Exchange& exchange, base::LogLevel level, const std::string& message
        ) = 0;

    protected:
        Host(loop::Loop& loop, const Served& served) : loop_(loop), served_(served) {}

    private:
        loop::Loop& loop_;
        const Served& served_;
    };

    Connection(Host& thread, std::unique_ptr<loop::Transport> transport, const Endpoint& endpoint);
    ~Connection() override;

    void start();
    // The server stops: idle connections close at once, others after the answer that they wait for.
    void drain();

    // Client
    void pump() override;
    void answer_with_page(Page page) override;
    void answer_with_file(const site::Outcome& outcome) override;
    void answer_failure(int status) override;
    [[nodiscard]] bool is_body_coming() const override { return body_ == Body::kComing; }
    [[nodiscard]] const std::string& remote_addr() const override { return ends_.remote_address; }
    [[nodiscard]] std::uint16_t remote_port() const override { return ends_.remote_port; }

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const site::HostNames& names() const { return *names_; }
    [[nodiscard]] const std::string& local_addr() const { return ends_.local_address; }
    // That have been understood so far.
    [[nodiscard]] int requests() const { return requests_; }

    // http::BodyReceiver
    void on_body(base::Bytes bytes) override;

    Connection* next = nullptr;  // in the list of its host
    Connection* previous = nullptr;

private:
    // What is under way. Exactly in kHead, kAsked and kAnswering there is an exchange.
    enum class State {
        kIdle,       // between requests: of the next one there is no byte yet
        kHead,       // reads a request's head
        kAsked,      // a request is with its responder, who has said nothing yet: whatever goes
                     // wrong can still be told the client
        kAnswering,  // something has been said: what goes wrong now breaks the connection
        kSkipping,   // answered, and the rest of its body is read and dropped: then kIdle
        kLingering,  // everything is said; reads on for a while so that the client gets to see it
        kClosing,    // operations are being cancelled; then the connection is destroyed
    };
    // The body of the request in kAsked and kAnswering.
    enum class Body {
        kComplete,  // or there is none: what comes is the next request
        kHeldBack,  // the client waits for "100 Continue": no clock runs
        kComing,
        kFailed,  // it will never be complete: nothing further is looked at
    };
    // What `send_` is sending.
    enum class Sending {
        kNothing,
        kContinue,
        kContinueThenPage,  // the page could not wait in a responder
        kBytes,             // of an answer
        kFile,
    };
    using Time = loop::Clock::time_point;

    // How long a client may pause while we linger.
    static constexpr std::chrono::seconds kLinger{2};

    // Receiving: connection.cc.
    void receive();
    void pause();
    [[nodiscard]] bool wants_bytes();
    void adjust_receiving();
    void on_received(loop::Completion completion);
    void on_end_of_stream();
    void on_bytes(base::Bytes input);
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

    // Answering: connection_answer.cc.
    void send_what_there_is();
    void send_answer();
    [[nodiscard]] bool write_answer();
    void fail_for_memory();
    void send_parts(Sending what);
    void send_file();
    void on_sent(loop::Completion completion);
    void go_on_after(Sending what);
    void send_page();
    void close_unless_body_can_be_skipped();
    void end_answer();
    void close_after_answer();
    void become_idle();
    void next_request();

    // Time and the end: connection_end.cc.
    [[nodiscard]] Time now() const;
    [[nodiscard]] bool waits_for_client() const;
    void set_timer();
    void on_timeout();
    void on_client_too_slow();
    void linger();
    void close();
    void watch_for_reset();
    void on_reset(loop::Completion completion);
    void abandon_exchange();
    void finish_closing();

    [[nodiscard]] bool has_request() const {
        return state_ == State::kAsked || state_ == State::kAnswering;
    }

    Host& thread_;
    const Endpoint& endpoint_;
    std::unique_ptr<loop::Transport> transport_;  // null: it has closed
    loop::Transport::Ends ends_;
    State state_ = State::kIdle;
    Body body_ = Body::kComplete;
    Sending sending_ = Sending::kNothing;
    http::Parser parser_;
    const site::HostNames* names_ = nullptr;
    const ServedHost* host_ = nullptr;  // of the newest request; before the first, the main server
    Exchange* exchange_ = nullptr;  // from the first byte of a request to the last of its answer
    base::Buffer waiting_;          // received behind a complete request, not yet parsed
    AnswerWriter writer_;           // of the exchange's answer
    loop::Parts to_send_;           // what is being sent: views of the exchange's answer and text
    loop::Op<&Connection::on_received> receive_{*this};
    loop::Op<&Connection::on_sent> send_{*this};
    loop::Op<&Connection::on_reset> reset_{*this};  // while nothing is received
    // One timer for the earliest of what the client is waited for; see set_timer().
    loop::TimerFor<&Connection::on_timeout> timer_{*this};
    ReadClock read_clock_;  // of a head, or of a body
    SendClock send_clock_;
    Time quiet_until_{};             // the client's next byte comes before this
    Time linger_until_{};            // and in kLingering its last one
    bool is_paused_ = false;         // has asked to stop receiving
    bool is_stream_at_end_ = false;  // the client sends nothing more
    bool must_close_ = false;        // after this answer
    int requests_ = 0;               // so far
};

}  // namespace server
