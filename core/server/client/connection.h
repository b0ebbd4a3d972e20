// A client's connection: its life, its two directions and its time. What the bytes mean is for its
// Protocol, which asks it to send, to linger and to close. Loop thread only.
//
//     kOpen → kLingering → kClosing → destroyed at the end of the turn
//       └───────────────────┴── close(): at once, from wherever it is
//
// It lives until its last operation has completed: closing cancels them, and what they still refer
// to (the bytes of an answer, in its exchange) stays until then.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/loop/alarm.h"
#include "core/loop/loop.h"
#include "core/loop/transport.h"
#include "core/server/client/arrival.h"
#include "core/server/client/clocks/drain_clock.h"
#include "core/server/client/clocks/linger_clock.h"
#include "core/server/client/connection_host.h"
#include "core/server/client/connection_settings.h"
#include "core/server/client/directions/client_input.h"
#include "core/server/client/directions/client_output.h"
#include "core/server/client/protocol.h"

namespace server {

class Connection final : private ClientInput::Host, private ClientOutput::Host {
public:
    using Host = ConnectionHost;
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;

    Connection(Host& host, std::unique_ptr<loop::Transport> transport, Arrival arrival);

    void start();
    // The server stops: see Protocol::drain(), and DrainClock for whom it does not wait.
    void drain();
    // See ClientInput.
    void bound_receive() { input_.bound(); }
    // There is a newer generation, which it goes by from its next request on.
    void renew() { protocol_->renew(); }

    [[nodiscard]] bool is_whole() const { return transport_ == nullptr || transport_->is_whole(); }

    // Nothing is in work, and its client has said nothing for a second.
    [[nodiscard]] bool is_idle() const;
    // Whose it is, as network_of() tells senders apart.
    [[nodiscard]] std::uint64_t network() const { return settings_.arrival().network; }

    // For its protocol.
    [[nodiscard]] ConnectionSettings& settings() { return settings_; }
    [[nodiscard]] const ClientInput& input() const { return input_; }
    [[nodiscard]] ClientOutput& output() { return output_; }
    // Something has changed: what may be received, and when the client will be too slow; or only
    // the latter.
    void adjust();
    void set_timer() override;
    // Everything is said: we read on for `longest` at most, see LingerClock.
    void linger(Duration longest);
    void close() override;

    Connection* next = nullptr;  // in the list of its host
    Connection* previous = nullptr;

private:
    enum class State : std::uint8_t {
        kOpen,       // its protocol has the word
        kLingering,  // what comes is dropped
        kClosing,    // operations are being cancelled
    };

    // ClientInput::Host, ClientOutput::Host
    void on_bytes(base::Bytes bytes) override;
    void on_end_of_stream() override;
    void on_still_at_end() override { protocol_->on_still_at_end(); }
    void on_sent(std::size_t bytes) override;
    void on_stopped() override;

    void on_timeout();
    [[nodiscard]] Time now() const { return host_.loop().now(); }
    [[nodiscard]] Time client_due() const;
    [[nodiscard]] DrainClock::Sight sight() const;

    Host& host_;
    std::unique_ptr<loop::Transport> transport_;  // null: it has closed
    State state_ = State::kOpen;
    Time heard_at_{};  // from its client
    ClientInput input_;
    ClientOutput output_;
    // For the earliest of what the client is waited for; see set_timer().
    loop::AlarmFor<&Connection::on_timeout> alarm_;
    DrainClock drain_clock_;
    LingerClock linger_clock_;
    ConnectionSettings settings_;
    const std::unique_ptr<Protocol> protocol_;
};

}  // namespace server
