// FileRoom: the files that are being sent, by virtual host. Clients take as long over one as they
// like. No virtual host has more than half of what the others leave, so that a crowd at one does
// not keep others from theirs. Its mutex is a leaf; any thread. Outlives every Share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace server {

class FileRoom {
public:
    // One file of one virtual host; belongs to whoever sends it.
    class Share {
    public:
        Share() = default;
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { give_back(); }

        // It has one from now on, and maybe had. False: there is none for `host`.
        [[nodiscard]] bool take(FileRoom& room, std::uint32_t host);
        void give_back();

    private:
        FileRoom* room_ = nullptr;  // null: it has none
        std::uint32_t host_ = 0;
    };

    explicit FileRoom(std::size_t most) : most_(most) {}

private:
    [[nodiscard]] bool lend(std::uint32_t host);
    void take_back(std::uint32_t host);

    const std::size_t most_;
    std::mutex mutex_;
    // Guarded by mutex_. A virtual host that has had a share stays.
    std::size_t taken_ = 0;
    std::unordered_map<std::uint32_t, std::size_t> taken_by_host_;
};

}  // namespace server
