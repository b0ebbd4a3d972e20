// Daemon mode: a request that is answered by a daemon process, as the event loop sees it: one
// stream of a DaemonLink. Lives in its exchange's Slot (dispatch/slot.h). Loop thread only.
//
//     idle ─ prepare() ─→ awaits a link ─ begin() ─→ open ─ the process's last word ─→ over
//      ↑                      └───────────┬───────────┴─ give_up(), on_link_lost() ───→ │
//      └───── the exchange is released, or somebody else gets it (its ErrorDocument) ───┘
//
//                       phase          link_    its number
//     awaits a link     kLinkAwaited   null     none yet; DaemonGroups knows it
//     open              kDaemon        set      its own
//     over              kDaemon        null     free: the process has said its last word, or its
//                                               link has gone; or, after give_up(), the link's
//                                               until that word
//
// In kLinkAwaited a null link_ means "not yet", in kDaemon "no more": that is why whoever ends a
// stream that waits for a link enters kDaemon first.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/system/log.h"
#include "core/loop/alarm.h"
#include "core/loop/loop.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/responder.h"
#include "core/server/links/answer_receiver.h"
#include "core/server/links/body_sender.h"
#include "core/server/served/file_room.h"
#include "ipc/frame.h"
#include "ipc/messages.h"

namespace server {

class DaemonLink;

class DaemonStream final : public Responder {
public:
    // Where it lives.
    class Host {
    public:
        virtual ~Host() = default;
        [[nodiscard]] virtual loop::Loop& loop() = 0;
        // Timeout of the exchange's virtual host.
        [[nodiscard]] virtual std::chrono::seconds timeout_of(const Exchange& exchange) const = 0;
        virtual void log_client(
            const Exchange& exchange, base::LogLevel level, const std::string& message
        ) = 0;
        // What the process may keep open of files that it sends.
        [[nodiscard]] virtual FileRoom& file_room() = 0;
        // It waits for a link, and will not be answered.
        virtual void forget(DaemonStream& stream) = 0;
    };

    DaemonStream(Exchange& exchange, Host& host)
        : exchange_(exchange),
          host_(host),
          answer_(exchange, host.file_room()),
          alarm_(host.loop(), *this) {}

    // A new request of group number `group`. Until begin() it waits for a link, and what arrives of
    // its body waits in it. Timeout counts from now on while the group has the word.
    void prepare(std::uint32_t group, bool has_body);
    // The link has given it a number and sent the head; what waits of the body follows.
    void begin(DaemonLink& link, std::uint32_t number);
    [[nodiscard]] std::uint32_t group() const { return group_; }

    // What arrives on the link. An error is a breach of the protocol: the link closes. What a
    // stream has to tell its exchange it tells when the link has read all that came with it
    // (tell_news()): head, body and end are one send.
    base::Result<> on_frame(const ipc::Frame& frame);
    [[nodiscard]] bool has_news() const { return has_news_; }
    void tell_news();
    // The daemon process is gone. `status`: what a client that has seen nothing yet is told.
    void on_link_lost(int status);
    [[nodiscard]] Exchange& exchange() { return exchange_; }

    // Responder.
    void add_body(base::Bytes bytes) override;
    void end_body() override;
    void fail_body(const std::string& reason) override;
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override;
    void take(Answer& taken) override;
    [[nodiscard]] bool has_said_all() const override { return answer_.has_ended(); }
    void abandon() override;

private:
    void send_body();
    base::Result<> on_window(const ipc::Frame& frame);
    base::Result<> on_file(const ipc::Frame& frame);
    void leave_link();
    void watch();
    void on_timeout();
    void give_up(const char* reason);
    [[nodiscard]] bool awaits_link() const {
        return exchange_.phase == Exchange::Phase::kLinkAwaited;
    }

    Exchange& exchange_;
    Host& host_;
    std::uint32_t group_ = 0;
    // Null before there is one, and once the daemon has said its last word.
    DaemonLink* link_ = nullptr;
    std::uint32_t number_ = 0;

    BodySender body_;
    bool wants_continue_ = false;  // and the connection has not been told yet
    bool is_paused_ = false;

    AnswerReceiver answer_;
    bool has_news_ = false;
    loop::AlarmFor<&DaemonStream::on_timeout> alarm_;
};

}  // namespace server
