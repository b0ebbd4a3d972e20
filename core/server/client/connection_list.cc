#include "core/server/client/connection_list.h"

#include "core/base/check.h"

namespace server {

ConnectionList::~ConnectionList() { CHECK(first_ == nullptr); }

Connection& ConnectionList::add(std::unique_ptr<Connection> connection) {
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
    removed_.emplace_back(&connection);
}

void ConnectionList::hold_back() {
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->adjust();
    }
}

void ConnectionList::drain() {
    for (Connection* connection = first_; connection != nullptr;) {
        Connection* const next = connection->next;
        connection->drain();
        connection = next;
    }
}

}  // namespace server
