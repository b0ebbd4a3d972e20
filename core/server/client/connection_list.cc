#include "core/server/client/connection_list.h"

#include "core/base/check.h"

namespace server {

ConnectionList::~ConnectionList() { CHECK(first_ == nullptr); }

Connection& ConnectionList::add(std::unique_ptr<Connection> connection) {
    // Linked through the connections: adding and removing one costs the same however many there
    // are, and allocates nothing.
    connection->next = first_;
    if (first_ != nullptr) {
        first_->previous = connection.get();
    }
    first_ = connection.release();
    return *first_;
}

void ConnectionList::remove(Connection& connection) {
    if (connection.previous != nullptr) {
        connection.previous->next = connection.next;
    } else {
        first_ = connection.next;
    }
    if (connection.next != nullptr) {
        connection.next->previous = connection.previous;
    }
    // It may be on the stack; bury() destroys it at the end of the turn.
    removed_.emplace_back(&connection);
}

void ConnectionList::hold_back() {
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->adjust();
    }
}

void ConnectionList::bound_receives() {
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->bound_receive();
    }
}

void ConnectionList::renew() {
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->renew();
    }
}

bool ConnectionList::are_whole() {
    constexpr std::size_t kMany = 1024;
    std::size_t number = ++looks_;
    std::size_t count = 0;
    for (const Connection* each = first_; each != nullptr; each = each->next, ++count, ++number) {
        if (number % stride_ == 0 && !each->is_whole()) {
            return false;
        }
    }
    stride_ = 1 + count / kMany;
    return true;
}

void ConnectionList::drain() {
    for (Connection* connection = first_; connection != nullptr;) {
        // drain() may close it, and take it out of the list.
        Connection* const next = connection->next;
        connection->drain();
        connection = next;
    }
}

}  // namespace server
