// All connections of an event loop. It owns them; one that has ended is destroyed at the end of the
// turn, because it is still on the stack. Where the clients of the process have sent too much, all
// of them are told, once for each time that it becomes too much. Loop thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/server/client/connection.h"
#include "core/server/served/budgets.h"

namespace server {

class ConnectionList {
public:
    // `budgets`: of all clients of the process; they outlive it.
    explicit ConnectionList(const Budgets& budgets) : budgets_(budgets) {}
    ~ConnectionList();
    ConnectionList(const ConnectionList&) = delete;
    ConnectionList& operator=(const ConnectionList&) = delete;

    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }
    Connection& add(std::unique_ptr<Connection> connection);
    void remove(Connection& connection);
    // What has ended is destroyed; it is on no stack.
    void end_turn();
    // Clients have pipelined too much: nobody reads further than it may now.
    void on_pipelining_full();
    // There is no descriptor for others: some of those that are idle are closed, of the sender that
    // has most.
    void give_up_idle();
    // There is a newer generation: see Connection::renew().
    void renew();
    // False: one of those that it looks at has lost its descriptor. A thousand or so at each look,
    // and others at the next.
    [[nodiscard]] bool are_whole();
    // The server stops: see Connection::drain().
    void drain();

private:
    void bound_receives();

    const Budgets& budgets_;
    Connection* first_ = nullptr;  // a list through Connection::next
    std::size_t looks_ = 0;
    std::size_t stride_ = 1;        // of the next look
    bool holds_back_ = false;       // all have been told, and too much is still pipelined
    bool bounds_receives_ = false;  // likewise, and too much is still there that nobody wants
    std::vector<std::unique_ptr<Connection>> removed_;
};

}  // namespace server
