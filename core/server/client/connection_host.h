// What a connection needs of the event loop's thread that it is part of. Loop thread only; outlives
// all connections.
#pragma once

#include <memory>

#include "core/base/foreign/lanes.h"
#include "core/loop/loop.h"
#include "core/server/client/directions/file_reader.h"
#include "core/server/client/early_room.h"
#include "core/server/client/protocol.h"
#include "core/server/client/request_host.h"
#include "core/server/served/budgets.h"

namespace server {

class Connection;

class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;
    [[nodiscard]] loop::Loop& loop() const { return loop_; }
    [[nodiscard]] Budgets& budgets() const { return budgets_; }
    [[nodiscard]] FileReader& files() { return files_; }
    [[nodiscard]] EarlyRoom& early() { return early_; }
    // Where its requests are answered.
    [[nodiscard]] virtual RequestHost& requests() = 0;
    // The process stops.
    [[nodiscard]] virtual bool is_draining() const = 0;
    // What clients speak who come here.
    [[nodiscard]] virtual std::unique_ptr<Protocol> begin(Connection& connection) = 0;
    // The connection is destroyed at the end of the turn.
    virtual void remove(Connection& connection) = 0;

    // Clients have pipelined too much: adjust() for all connections, once.
    virtual void on_pipelining_full() {}

protected:
    // `early_bytes`: see EarlyRoom. `disks` and `mounts`: threads that read files, as FileReader
    // has them.
    ConnectionHost(
        loop::Loop& loop,
        Budgets& budgets,
        std::size_t early_bytes,
        base::Lanes& disks,
        base::Lanes& mounts
    )
        : loop_(loop), budgets_(budgets), early_(early_bytes), files_(loop, disks, mounts) {}

private:
    loop::Loop& loop_;
    Budgets& budgets_;
    EarlyRoom early_;
    FileReader files_;
};

}  // namespace server
