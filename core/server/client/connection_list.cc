#include "core/server/client/connection_list.h"

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

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
    // It may be on the stack; end_turn() destroys it.
    removed_.emplace_back(&connection);
}

void ConnectionList::end_turn() {
    removed_.clear();
    bound_receives();
    holds_back_ = holds_back_ && budgets_.pipelined_bytes.is_nearly_used_up();
}

void ConnectionList::on_pipelining_full() {
    if (std::exchange(holds_back_, true)) {
        return;
    }
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->adjust();
    }
}

// Those that ask for more from now on see it themselves; what the others have asked for, in quieter
// times, has to end.
void ConnectionList::bound_receives() {
    const bool has_to = budgets_.unwanted_bytes.is_nearly_used_up();
    if (std::exchange(bounds_receives_, has_to) || !has_to) {
        return;
    }
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        connection->bound_receive();
    }
}

// The list begins with the newest. An eighth at once: whoever has that many comes back, and is not
// to have all that becomes free.
void ConnectionList::give_up_idle() {
    struct Sender {
        std::size_t connections = 0;
        std::vector<Connection*> idle;
    };
    std::unordered_map<std::uint64_t, Sender> senders;
    for (Connection* connection = first_; connection != nullptr; connection = connection->next) {
        Sender& sender = senders[connection->network()];
        ++sender.connections;
        if (connection->is_idle()) {
            sender.idle.push_back(connection);
        }
    }
    std::vector<Connection*>* most_idle = nullptr;
    std::size_t most = 0;
    for (auto& [network, sender] : senders) {
        if (!sender.idle.empty() && sender.connections > most) {
            most = sender.connections;
            most_idle = &sender.idle;
        }
    }
    if (most_idle != nullptr) {
        for (std::size_t left = most_idle->size() / 8 + 1; left > 0; --left) {
            most_idle->back()->close();
            most_idle->pop_back();
        }
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
