// A Transport without a socket: what the peer at its other end does and gets stands in a
// ScriptedRing, under the number that is its name. One thread.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include "core/loop/transport.h"
#include "tests/support/unit/scripted_ring.h"

namespace test {

class ScriptedTransport final : public loop::Transport {
public:
    // What the peer sees; outlives the transport.
    struct Peer {
        std::string address = "192.0.2.7";
        bool has_ended = false;   // it will get nothing more
        bool is_gone = false;     // the transport has been destroyed
        bool is_reset = false;    // what it has not taken then is dropped
        std::string got;          // all that it was sent, once the transport is gone
        bool takes_bytes = true;  // it acknowledges what is sent
        std::uint64_t acknowledged = 0;
        bool outruns_cancel = false;  // what it sends is there before a cancellation is
    };

    ScriptedTransport(ScriptedRing& ring, int name, Peer& peer)
        : ring_(ring), name_(name), peer_(peer) {}
    ~ScriptedTransport() override {
        peer_.got = ring_.take_sent(name_);
        ring_.forget(name_);
        peer_.is_gone = true;
    }

    [[nodiscard]] std::optional<Ends> ends() const override {
        return Ends{"192.0.2.1", peer_.address, 4711};
    }
    void receive(loop::Operation& operation) override { ring_.receive(name_, operation); }
    void receive_once(loop::Operation& operation) override { ring_.receive_once(name_, operation); }
    void send(loop::Parts& parts, loop::Operation& operation) override {
        EXPECT_FALSE(peer_.has_ended) << "sends behind its end";
        if (parts.is_one()) {
            ring_.send(name_, parts.front(), operation);
        } else {
            ring_.send_message(name_, parts.message(), operation);
        }
    }
    void send_file(int file, std::uint64_t offset, std::size_t count, loop::Operation& operation)
        override {
        ring_.send_file(name_, file, static_cast<off_t>(offset), count, operation);
    }
    void watch(loop::Operation& operation) override { ring_.poll(name_, POLLERR, operation); }
    [[nodiscard]] bool is_reset(const loop::Completion& completion) const override {
        return completion.result > 0 && (completion.result & (POLLERR | POLLHUP)) != 0;
    }
    void cancel(loop::Operation& operation) override {
        if (!peer_.outruns_cancel) {
            ring_.cancel(operation);
        }
    }
    void end_sending() override { peer_.has_ended = true; }
    void drop_unsent() override { peer_.is_reset = true; }
    [[nodiscard]] std::uint64_t acknowledged() const override {
        peer_.acknowledged += peer_.takes_bytes ? 1 : 0;
        return peer_.acknowledged;
    }

private:
    ScriptedRing& ring_;
    const int name_;
    Peer& peer_;
};

}  // namespace test
