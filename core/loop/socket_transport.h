// A stream socket as it is. Loop thread only; `ring` outlives it.
#pragma once

#include <utility>

#include "core/base/system/fd.h"
#include "core/loop/ring/ring.h"
#include "core/loop/transport.h"

namespace loop {

class SocketTransport final : public Transport {
public:
    SocketTransport(Ring& ring, base::Fd socket) : ring_(ring), socket_(std::move(socket)) {}
    ~SocketTransport() override;

    [[nodiscard]] std::optional<Ends> ends() const override;
    void receive(Operation& operation) override;
    void send(Parts& parts, Operation& operation) override;
    void send_file(int file, std::uint64_t offset, std::size_t count, Operation& operation)
        override;
    void watch(Operation& operation) override;
    [[nodiscard]] bool is_reset(const Completion& completion) const override;
    void cancel(Operation& operation) override { ring_.cancel(operation); }
    void end_sending() override;
    [[nodiscard]] std::uint64_t acknowledged() const override;

private:
    Ring& ring_;
    const base::Fd socket_;
};

}  // namespace loop
