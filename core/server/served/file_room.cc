#include "core/server/served/file_room.h"

#include <new>

namespace server {

using Lock = std::lock_guard<std::mutex>;

bool FileRoom::Share::take(FileRoom& room, std::uint32_t host) {
    if (room_ == nullptr && room.lend(host)) {
        room_ = &room;
        host_ = host;
    }
    return room_ != nullptr;
}

void FileRoom::Share::give_back() {
    if (FileRoom* const room = std::exchange(room_, nullptr)) {
        room->take_back(host_);
    }
}

bool FileRoom::lend(std::uint32_t host) {
    const Lock lock(mutex_);
    try {
        std::size_t& its = taken_by_host_[host];
        if (its >= most_ - taken_) {
            return false;
        }
        ++its;
    } catch (const std::bad_alloc&) {
        return false;
    }
    ++taken_;
    return true;
}

void FileRoom::take_back(std::uint32_t host) {
    const Lock lock(mutex_);
    --taken_by_host_.find(host)->second;
    --taken_;
}

}  // namespace server
