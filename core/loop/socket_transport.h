// A stream socket as it is. Loop thread only; `ring` outlives it.
#pragma once

#include <utility>

#include "core/base/files/file_state.h"
#include "core/base/system/fd.h"
#include "core/loop/ring/ring.h"
#include "core/loop/transport.h"

namespace loop {

class SocketTransport final : public Transport {
public:
    SocketTransport(Ring& ring, base::Fd socket) : ring_(ring), socket_(std::move(socket)) {}
    ~SocketTransport() override;

    // From now on is_whole() tells whether the descriptor still means this socket: where others in
    // the process may make it mean something else. One system call each.
    void know_identity() { identity_ = base::FileIdentity::of(socket_.get()); }
    [[nodiscard]] bool is_whole() const override {
        return identity_ == base::FileIdentity{} ||
               identity_ == base::FileIdentity::of(socket_.get());
    }

    [[nodiscard]] std::optional<Ends> ends() const override;
    void receive(Operation& operation) override;
    void receive_once(Operation& operation) override;
    void send(Parts& parts, Operation& operation) override;
    void send_file(int file, std::uint64_t offset, std::size_t count, Operation& operation)
        override;
    void watch(Operation& operation) override;
    [[nodiscard]] bool is_reset(const Completion& completion) const override;
    void cancel(Operation& operation) override { ring_.cancel(operation); }
    void end_sending() override;
    void drop_unsent() override;
    [[nodiscard]] std::uint64_t acknowledged() const override;

private:
    Ring& ring_;
    const base::Fd socket_;
    base::FileIdentity identity_{};  // all 0: not known
};

}  // namespace loop
