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
// A turn serves a client that pipelines a few requests, and then others: what is asked of the
// connection completes in a later one.
#pragma once

#include "core/base/bytes.h"
#include "core/server/answer/exchange.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/connection_settings.h"
#include "core/server/client/http1/http1_answer.h"
#include "core/server/client/http1/keep_alive.h"
#include "core/server/client/http1/lent_exchange.h"
#include "core/server/client/http1/pipeline.h"
#include "core/server/client/http1/request_reader.h"
#include "core/server/client/protocol.h"

namespace server {

class Connection;

class Http1 final : public Protocol, private Http1Answer::Host, private EarlyRoom::Guest {
public:
    Http1(ConnectionHost& host, Connection& connection);

    // Protocol
    void on_bytes(base::Bytes input) override;
    // Once when it comes, and again when all has been answered that came before it.
    void on_end_of_stream() override;
    void on_still_at_end() override { answer_.begin_status_line(); }
    void on_sent(std::size_t bytes) override { answer_.on_sent(bytes); }
    void on_client_too_slow() override;
    void drain() override;
    void renew() override;
    void on_closing() override;
    void let_go() override { exchange_.abandon(); }
    [[nodiscard]] bool wants_bytes(bool is_paused) override;
    [[nodiscard]] Time due(bool is_paused) const override;
    [[nodiscard]] bool awaits_client(bool is_paused, bool is_sending) const override;

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
    void on_early_room_lost() override;
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
