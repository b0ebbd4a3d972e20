// A client's TCP connection: bytes become requests, answers become bytes.
// Loop thread only. Lives until its last operation has completed; see close(). One request at a
// time: what a client pipelines behind it waits, and is never looked at after an error (T-17).
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/fd.h"
#include "core/config/model/config.h"
#include "core/loop/loop.h"
#include "core/server/answer/exchange.h"
#include "core/server/answer/page.h"
#include "core/server/answer/responder.h"
#include "core/server/dispatch/served.h"
#include "core/site/map/outcome.h"
#include "http/parser.h"

namespace server {

class LoopThread;

// A listening socket as connections see it.
struct Endpoint {
    int fd = -1;
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
    bool is_wildcard = false;
};

class Connection final : public http::BodyReceiver {
public:
    Connection(LoopThread& thread, base::Fd socket, const Endpoint& endpoint);
    ~Connection() override;

    void start();
    // The exchange's responder has something new to say.
    void pump();
    // The server stops: idle connections close at once, others after the answer that they wait for.
    void drain();
    // Answer with a page of the server's own, or with a file.
    void answer_with_page(Page page);
    void answer_with_file(const site::Outcome& outcome);
    // Who was to answer could not, and has said nothing: its ErrorDocument, or a page.
    void answer_failure(int status);

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const site::HostNames& names() const { return *names_; }
    [[nodiscard]] const std::string& remote_addr() const { return remote_addr_; }
    [[nodiscard]] const std::string& local_addr() const { return local_addr_; }
    [[nodiscard]] std::uint16_t remote_port() const { return remote_port_; }
    // That have been understood so far.
    [[nodiscard]] int requests() const { return requests_; }

    // http::BodyReceiver
    void on_body(base::Bytes bytes) override;

    Connection* next = nullptr;  // in LoopThread's list
    Connection* previous = nullptr;

private:
    enum class State {
        kReading,    // waits for a request or reads its head
        kAnswering,  // a request is with its responder; its body may still arrive
        kLingering,  // everything is said; reads on for a moment so that the client gets to see it
        kClosing,    // operations are being cancelled
    };

    // Receiving.
    void receive();
    void pause();
    void on_received(loop::Completion completion);
    void on_end_of_stream();
    void process(base::Bytes input);
    void process_waiting();
    void begin_exchange();
    void answer_request(bool has_body);
    void reject(const http::ParseError& error);
    void replace_exchange();

    // Answering: connection_answer.cc.
    void send_what_there_is();
    void send_file();
    void on_sent(loop::Completion completion);
    void send_page();
    void send_own_answer();
    void end_answer();
    void close_after_answer();
    void next_request();
    void watch(std::chrono::seconds time);
    void unwatch();

    // Ending.
    void on_timeout();
    [[nodiscard]] bool has_client_read();
    void linger();
    void close();
    void abandon_exchange();
    void finish_closing();

    LoopThread& thread_;
    const Endpoint& endpoint_;
    base::Fd socket_;
    State state_ = State::kReading;
    http::Parser parser_;
    const site::HostNames* names_ = nullptr;
    const ServedHost* host_ = nullptr;  // of the newest request; before the first, the main server
    Exchange* exchange_ = nullptr;  // from the first byte of a request to the last of its answer
    base::Buffer waiting_;          // received, not yet parsed
    base::Bytes sending_;  // the rest of what is being sent: a view of the exchange's output
    loop::Op<&Connection::on_received> receive_{*this};
    loop::Op<&Connection::on_sent> send_{*this};
    loop::TimerFor<&Connection::on_timeout> timer_{*this};
    std::string remote_addr_;
    std::string local_addr_;
    std::uint16_t remote_port_ = 0;
    bool is_paused_ = false;  // has asked to stop receiving
    bool is_request_complete_ = false;
    bool is_stream_at_end_ = false;   // the client sends nothing more
    bool must_close_ = false;         // after this answer
    int requests_ = 0;                // so far
    std::uint64_t acknowledged_ = 0;  // bytes that the client had taken when a time-out last looked
    bool is_sending_file_ = false;
    bool is_sending_continue_ = false;
    bool has_answer_begun_ = false;  // something of the answer has been taken from the responder
    bool is_skipping_body_ = false;  // of a request that has been answered
    bool is_page_waiting_ = false;   // to be sent once the send in flight has completed
};

}  // namespace server
