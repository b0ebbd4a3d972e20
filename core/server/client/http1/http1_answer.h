// The answering half of HTTP/1.x: from what a Responder has to say, or the server itself, to the
// client of one request. A part of its Http1, which begins it once a request's head has come, and
// hears of its end. Loop thread only.
//
//     kNone ─ begin() ─→ kAsked ─ the first bytes go out ─→ kAnswering ─ all is out ─→ kNone
//                          └─────────────────── stop() ───────┴───────────────────────────↗
#pragma once

#include <string>

#include "core/server/answer/asker.h"
#include "core/server/client/connection_settings.h"
#include "core/server/client/http1/answer_sender.h"
#include "core/server/client/http1/keep_alive.h"
#include "core/server/client/http1/lent_exchange.h"
#include "core/server/client/http1/request_reader.h"

namespace server {

class Connection;

class Http1Answer final : public Asker {
public:
    // Whose part it is.
    class Host {
    public:
        virtual ~Host() = default;
        // All that has been said is out. The exchange is still there.
        virtual void on_answered(const AnswerWriter& writer) = 0;
    };
    // Of its Http1, and of that one's connection; all of them outlive it.
    struct Parts {
        Connection& connection;
        RequestHost& requests;
        ConnectionSettings& settings;
        LentExchange& exchange;
        RequestReader& reader;
        KeepAlive& keep_alive;
    };

    Http1Answer(Host& host, const Parts& parts);

    // Somebody is asked, or the server answers by itself; also anew, with an exchange that has been
    // replaced.
    void begin();
    // Nobody is heard about it any more.
    void stop() { state_ = State::kNone; }
    void on_sent(std::size_t bytes);
    // What every answer begins with, to one who sends nothing more and may have gone: only where
    // something is sent does that show. Once for an answer, while somebody works for it.
    void begin_status_line();
    // There is a request whose answer is not out.
    [[nodiscard]] bool is_awaited() const { return state_ != State::kNone; }
    // Something has been said: what goes wrong now breaks the connection.
    [[nodiscard]] bool has_begun() const { return state_ == State::kAnswering; }

    // Asker
    void pump() override;
    void answer_with_page(Page page) override;
    void answer_with_file(const site::Outcome& outcome) override;
    void answer_failure(int status) override;
    void answer_instead(Page page) override;
    [[nodiscard]] bool is_body_coming() const override;
    [[nodiscard]] bool is_body_held_back() const override;
    [[nodiscard]] const std::string& remote_addr() const override;
    [[nodiscard]] std::uint16_t remote_port() const override;

private:
    enum class State : std::uint8_t { kNone, kAsked, kAnswering };

    void send_what_there_is();
    void send_answer();
    void send_page();
    void fail_for_memory();
    void close_unless_body_can_be_skipped();

    Host& host_;
    Connection& connection_;
    RequestHost& requests_;
    ConnectionSettings& settings_;
    LentExchange& exchange_;
    RequestReader& reader_;
    KeepAlive& keep_alive_;
    State state_ = State::kNone;
    AnswerSender sender_;
};

}  // namespace server
