// Bytes become HTTP/1.x requests, one after the other: the head of each goes into its exchange, and
// its body to whoever answers, or nowhere. Knows how long the client may take for either
// (RequestReadTimeout, Timeout, KeepAliveTimeout). A part of its Http1. Loop thread only.
//
//     kIdle → kHead ─┬──────────────────────────────→ kComplete ─→ kIdle
//                    ├→ kBodyHeldBack → kBodyComing ──↗      expect_next()
//                    └───────────────────↗
//     kFailed: reached from everywhere, and left by nothing
#pragma once

#include "core/base/bytes.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/connection_settings.h"
#include "core/server/client/http1/lent_exchange.h"
#include "core/server/client/http1/patience.h"
#include "http/parser/parser.h"

namespace server {

class RequestReader final : private http::BodyReceiver {
public:
    enum class State : std::uint8_t {
        kIdle,  // of the next request there is no byte yet
        kHead,
        kBodyHeldBack,  // the client waits for "100 Continue" (RFC 9110 section 10.1.1): no clock
                        // runs
        kBodyComing,
        kComplete,  // what comes is the next request
        kFailed,    // the request will never be complete: nobody knows what comes, and it is not
                    // looked at (request smuggling, CWE-444)
    };
    enum class Step : std::uint8_t {
        kNeedMore,
        kHead,      // is complete: expect_body() is next, and then somebody is asked
        kComplete,  // the body
        kError,     // see error()
    };

    // All of them outlive it; `guest` is told where a request has to make room for others of the
    // client's at `address`, or smaller ones. The first head's time begins now.
    RequestReader(
        ConnectionHost& host,
        ConnectionSettings& settings,
        LentExchange& exchange,
        EarlyRoom::Guest& guest,
        const std::string& address
    );

    // A request's first byte has come: its head goes into the exchange that has been lent for it.
    void begin_head();
    // Takes what can be understood now off the front of `input`. A body whose exchange has been
    // given back is dropped.
    Step read(base::Bytes& input);
    [[nodiscard]] const http::ParseError& error() const { return error_; }
    // Behind Step::kHead, once the virtual host is known. A client that waits for "100 Continue",
    // and has sent some of the body all the same, does not wait.
    void expect_body(bool has_more_input);
    // Somebody waits for a body that is held back: it will come, and its clock runs.
    void ask_for_body();
    // The body will not be complete, and whoever reads it is told why.
    void fail_body(const std::string& reason);
    // Nothing is read any more.
    void fail();
    // The request's exchange has been given back.
    void on_answered() { early_.leave(); }
    // The answer to a request that is complete is out: the next one may begin.
    void expect_next();

    [[nodiscard]] State state() const { return state_; }
    // Something has come of a head, besides empty lines.
    [[nodiscard]] bool is_inside_head() const {
        return state_ == State::kHead && parser_.is_inside_message();
    }
    // The client waits for us to go on with the body, or it is on its way.
    [[nodiscard]] bool is_body_missing() const {
        return state_ == State::kBodyHeldBack || state_ == State::kBodyComing;
    }
    // What comes is to be read.
    [[nodiscard]] bool awaits_more() const {
        return state_ != State::kComplete && state_ != State::kFailed;
    }
    // How long the client may take, where anybody waits for it.
    [[nodiscard]] Patience& patience() { return patience_; }
    [[nodiscard]] const Patience& patience() const { return patience_; }

private:
    void on_body(base::Bytes bytes) override;
    void end_body();
    void expect(const config::ReadTime& all);
    [[nodiscard]] bool has_room();

    ConnectionHost& host_;
    ConnectionSettings& settings_;
    LentExchange& exchange_;
    State state_ = State::kIdle;
    http::Parser parser_;
    http::ParseError error_{};
    Patience patience_;
    EarlyRoom::Place early_;  // of a request whose end has not come
    std::size_t head_bytes_ = 0;
};

}  // namespace server
