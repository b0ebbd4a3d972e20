// HTTP/1.x on one connection: in which order requests are read, answered and followed by the next.
// One at a time: what a client pipelines behind it waits (Pipeline), and is never looked at after
// an error, because nobody knows what it means (request smuggling, CWE-444). Bytes become requests
// in its RequestReader, answers become bytes in its Http1Answer; whether the connection lives on,
// KeepAlive knows. A part of its Connection, which has the bytes and the time. Loop thread only.
//
// Where a request is, its reader and its answer say together:
//
//     reader                         answer     the exchange
//     kIdle, kHead                   none       lent with the first byte
//     a body, kComplete, kFailed     awaited    lent
//     a body, in kSkipping           none       given back
//
// Whatever it asks of the connection completes in a later turn of the handlers: no function here is
// entered inside another that waits for it, and a turn serves a client that pipelines a few
// requests and then others.
#pragma once

#include "core/base/bytes.h"
#include "core/server/answer/exchange.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/connection_settings.h"
#include "core/server/client/http1_answer.h"
#include "core/server/client/keep_alive.h"
#include "core/server/client/lent_exchange.h"
#include "core/server/client/pipeline.h"
#include "core/server/client/request_reader.h"

namespace server {

class Connection;

class Http1 final : private Http1Answer::Host {
public:
    using Time = loop::Clock::time_point;

    Http1(ConnectionHost& host, Connection& connection, ConnectionSettings& settings);

    // What has become of the connection.
    void on_bytes(base::Bytes input);
    // Once when it comes, and again when all has been answered that came before it.
    void on_end_of_stream();
    void on_sent(std::size_t bytes) { answer_.on_sent(bytes); }
    // It is past due(), or not waited for any more.
    void on_client_too_slow();
    // Idle connections close at once, others after the answer that they wait for.
    void drain();
    // Between requests it goes by the newest generation; a request that has begun keeps its own.
    void renew();
    // It has begun to close; what is in flight still needs the exchange.
    void on_closing();
    // Nothing is in flight any more.
    void let_go() { exchange_.abandon(); }

    // Whether the client may send on; the one place that decides. Its clock stands still while it
    // may not.
    [[nodiscard]] bool wants_bytes(bool is_paused);
    // When the client will have been too slow; Time::max() where nobody waits for it.
    [[nodiscard]] Time due(bool is_paused) const;
    // Nobody else is to blame if nothing happens: neither an application that runs, nor whatever
    // is still to be found out. `is_sending`: it does not take what is on its way.
    [[nodiscard]] bool awaits_client(bool is_paused, bool is_sending) const;
    // That have been understood so far.
    [[nodiscard]] int requests() const { return keep_alive_.requests(); }

private:
    enum class State : std::uint8_t {
        kOpen,      // requests are read and answered
        kSkipping,  // answered, and the rest of its body is read and dropped
        kOver,      // everything is said, or nobody listens: what comes is not looked at
    };

    void parse(base::Bytes& input);
    void ask(bool has_more_input);
    void fail_body(const char* reason);
    void reject(const http::ParseError& error);
    void on_answered(const AnswerWriter& writer) override;
    void next_request();
    void become_idle();
    void end();

    ConnectionHost& host_;
    Connection& connection_;
    ConnectionSettings& settings_;
    State state_ = State::kOpen;
    KeepAlive keep_alive_;
    Http1Answer answer_;
    LentExchange exchange_;  // from the first byte of a request to the last of its answer
    RequestReader reader_;
    Pipeline pipeline_;
};

}  // namespace server
