#include "core/server/served/file_room.h"

#include <new>

#include "core/base/system/log.h"

namespace server {

using Lock = std::lock_guard<std::mutex>;

bool FileRoom::Share::take(FileRoom& room, std::uint32_t host, const std::string& address) {
    if (room_ != nullptr) {
        return true;
    }
    sender_ = room.lend(host, address);
    if (sender_ != nullptr) {
        room_ = &room;
    } else if (room.is_first_refusal()) {
        base::main_log().error(
            "too many open files are being sent already: none is left for {}; raise LimitNOFILE",
            address
        );
    }
    return room_ != nullptr;
}

void FileRoom::Share::give_back() {
    if (FileRoom* const room = std::exchange(room_, nullptr)) {
        room->take_back(*sender_);
    }
}

SenderShares::Sender* FileRoom::lend(std::uint32_t host, const std::string& address) {
    const Lock lock(mutex_);
    try {
        SenderShares::Sender& sender = shares_.enter(host, address);
        if (shares_.has_room_for(sender, 1)) {
            shares_.add(sender, 1);
            return &sender;
        }
        shares_.leave(sender);
    } catch (const std::bad_alloc&) {
        // There is no memory to keep count of it.
    }
    return nullptr;
}

void FileRoom::take_back(SenderShares::Sender& sender) {
    const Lock lock(mutex_);
    shares_.remove(sender, 1);
    shares_.leave(sender);
    if (2 * shares_.taken() <= crowd_) {
        crowd_ = 0;  // most of them have theirs: whoever comes now is another crowd
    }
}

bool FileRoom::is_first_refusal() {
    const Lock lock(mutex_);
    const bool is_first = crowd_ == 0;
    if (is_first) {
        crowd_ = shares_.taken();
    }
    return is_first;
}

}  // namespace server
