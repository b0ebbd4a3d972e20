#include "core/server/dispatch/aside/name_queue.h"

#include <utility>

namespace server {

NameQueue::Added NameQueue::add(std::uint32_t host, const std::string& address) {
    SenderShares::Sender& sender = shares_.enter(host, address);
    if (!shares_.has_room_for(sender, 1)) {
        shares_.leave(sender);
        return Added::kRefused;
    }
    shares_.add(sender, 1);
    const auto [at, is_new] = senders_.try_emplace(&sender);
    at->second.push_back(address);
    if (!is_new) {
        return Added::kBehind;
    }
    turns_[host].push_back(&sender);
    return Added::kTurn;
}

void NameQueue::take_back(std::uint32_t host) {
    const auto turns = turns_.find(host);
    SenderShares::Sender& sender = *turns->second.back();
    turns->second.pop_back();
    if (turns->second.empty()) {
        turns_.erase(turns);
    }
    senders_.erase(&sender);
    leave(sender);
}

NameQueue::Turn NameQueue::take(std::uint32_t host) {
    const auto turns = turns_.find(host);
    SenderShares::Sender* const sender = turns->second.front();
    turns->second.pop_front();
    if (turns->second.empty()) {
        turns_.erase(turns);
    }
    std::deque<std::string>& waiting = senders_.at(sender);
    Turn turn{sender, std::move(waiting.front())};
    waiting.pop_front();
    return turn;
}

bool NameQueue::end(const Turn& turn) {
    const auto sender = senders_.find(turn.sender);
    const bool has_more = !sender->second.empty();
    if (has_more) {
        turns_[turn.sender->host_number].push_back(turn.sender);
    } else {
        senders_.erase(sender);
    }
    leave(*turn.sender);
    return has_more;
}

void NameQueue::leave(SenderShares::Sender& sender) {
    shares_.remove(sender, 1);
    shares_.leave(sender);
}

}  // namespace server
