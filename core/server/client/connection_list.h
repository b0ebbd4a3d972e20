// All connections of an event loop. It owns them; one that has ended is destroyed at the end of the
// turn, because it is still on the stack. Loop thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/server/client/connection.h"

namespace server {

class ConnectionList {
public:
    ConnectionList() = default;
    ~ConnectionList();
    ConnectionList(const ConnectionList&) = delete;
    ConnectionList& operator=(const ConnectionList&) = delete;

    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }
    Connection& add(std::unique_ptr<Connection> connection);
    void remove(Connection& connection);
    // At the end of a turn.
    void bury() { removed_.clear(); }
    // Others have more waiting than there was: nobody reads further than it may now.
    void hold_back();
    // All have sent too much that nobody wants: see ClientInput::bound().
    void bound_receives();
    // There is a newer generation: see Connection::renew().
    void renew();
    // False: one of those that it looks at has lost its descriptor. A thousand or so at each look,
    // and others at the next.
    [[nodiscard]] bool are_whole();
    // The server stops: see Connection::drain().
    void drain();

private:
    Connection* first_ = nullptr;  // a list through Connection::next
    std::size_t looks_ = 0;
    std::size_t stride_ = 1;  // of the next look
    std::vector<std::unique_ptr<Connection>> removed_;
};

}  // namespace server
