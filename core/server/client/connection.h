// A client's connection: its life, its bytes and its time. What the bytes mean is for Http1, which
// asks it to send, to linger and to close. Loop thread only.
//
//     kOpen → kLingering → kClosing → destroyed at the end of the turn
//       └───────────────────┴── close(): at once, from wherever it is
//
// It lives until its last operation has completed: closing cancels them, and what they still refer
// to (the bytes of an answer, in its exchange) stays until then.
#pragma once

#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/loop/alarm.h"
#include "core/loop/loop.h"
#include "core/loop/parts.h"
#include "core/loop/transport.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/drain_clock.h"
#include "core/server/client/file_reader.h"
#include "core/server/client/http1.h"
#include "core/server/client/send_clock.h"

namespace server {

// A listening socket as connections see it.
struct Endpoint {
    int fd = -1;
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
    bool is_wildcard = false;
};

class Connection final {
public:
    using Host = ConnectionHost;
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;
    // How long a client may pause while we linger.
    static constexpr std::chrono::seconds kLinger{2};
    // How long one that has shut down sending may have gone before that is noticed.
    static constexpr std::chrono::seconds kLookAgain{1};

    Connection(Host& host, std::unique_ptr<loop::Transport> transport, const Endpoint& endpoint);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();
    // The server stops: see Http1::drain(), and DrainClock for whom it does not wait.
    void drain();
    // There is a newer generation, which it goes by from its next request on.
    void renew() { http_.renew(); }

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const loop::Transport::Ends& ends() const { return ends_; }
    // The virtual hosts that it may ask for.
    [[nodiscard]] const site::HostNames& names() const { return http_.names(); }
    [[nodiscard]] int requests() const { return http_.requests(); }

    // For Http1. One send at a time; what is sent lives until http_.on_sent(). `patience`: how long
    // the client may take nothing of it.
    void send(loop::Parts& parts, Duration patience);
    // As much of it as goes out at once; a thread may have to read it first.
    void send_file(const FilePart& part, Duration patience);
    [[nodiscard]] bool is_sending() const { return send_.is_in_flight() || read_ != nullptr; }
    // The client sends nothing more.
    [[nodiscard]] bool is_stream_at_end() const { return is_stream_at_end_; }
    // Something has changed: what may be received, and when the client will be too slow; or only
    // the latter.
    void adjust();
    void set_timer();
    // Everything is said. A close with unread bytes is a reset, which would destroy what the client
    // has not read yet (RFC 9112 section 9.6): we read on for `longest` at most, while it sends.
    void linger(Duration longest);
    void close();

    Connection* next = nullptr;  // in the list of its host
    Connection* previous = nullptr;

private:
    enum class State : std::uint8_t {
        kOpen,       // Http1 has the word
        kLingering,  // what comes is dropped
        kClosing,    // operations are being cancelled
    };

    void receive();
    void pause();
    void on_received(loop::Completion completion);
    void on_bytes(base::Bytes bytes);
    void on_end_of_stream();
    void read_part();
    void send_part(bool may_wait_for_disk);
    void send_piece();
    void on_piece_read();
    void on_sent(loop::Completion completion);
    void on_reset(loop::Completion completion);
    void on_timeout();
    [[nodiscard]] Time now() const { return host_.loop().now(); }
    [[nodiscard]] Time client_due() const;
    [[nodiscard]] DrainClock::Sight sight() const;
    void give_up_client();
    void finish_closing();

    Host& host_;
    const Endpoint& endpoint_;
    std::unique_ptr<loop::Transport> transport_;  // null: it has closed
    const loop::Transport::Ends ends_;
    State state_ = State::kOpen;
    bool is_paused_ = false;  // has asked to stop receiving
    bool is_stream_at_end_ = false;
    loop::Op<&Connection::on_received> receive_{*this};
    loop::Op<&Connection::on_sent> send_{*this};
    loop::Op<&Connection::on_reset> reset_{*this};  // while nothing is received
    // For the earliest of what the client is waited for; see set_timer().
    loop::AlarmFor<&Connection::on_timeout> alarm_;
    SendClock send_clock_;
    DrainClock drain_clock_;
    std::uint64_t bytes_received_ = 0;
    Time look_again_at_ = Time::max();  // whether a client that sends nothing more is still there
    FilePart part_;                     // of the file that is being sent
    std::shared_ptr<FileRead> read_;    // a thread reads what is to be sent
    Duration read_patience_{};
    Time read_until_{};
    std::string piece_;  // what a thread has read, as far as it has not been sent
    std::size_t piece_sent_ = 0;
    loop::Parts piece_parts_;
    Time quiet_until_{};   // in kLingering: its next byte comes before this
    Time linger_until_{};  // and its last one
    Http1 http_;
};

}  // namespace server
