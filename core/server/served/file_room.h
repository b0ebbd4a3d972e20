// FileRoom: the files that are being sent, by virtual host and client (SenderShares). Clients take
// as long over one as they like: a crowd of them does not keep others from theirs. Its mutex is a
// leaf; any thread. Outlives every Share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "core/server/served/sender_shares.h"

namespace server {

class FileRoom {
public:
    // One file for one client of one virtual host; belongs to whoever sends it.
    class Share {
    public:
        Share() = default;
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { give_back(); }

        // It has one from now on, and maybe had. False: there is none, which the log hears once for
        // all of a crowd.
        [[nodiscard]] bool take(FileRoom& room, std::uint32_t host, const std::string& address);
        void give_back();

    private:
        FileRoom* room_ = nullptr;  // null: it has none
        SenderShares::Sender* sender_ = nullptr;
    };

    explicit FileRoom(std::size_t most) : shares_(most) {}

private:
    // Null: there is none.
    [[nodiscard]] SenderShares::Sender* lend(std::uint32_t host, const std::string& address);
    void take_back(SenderShares::Sender& sender);
    [[nodiscard]] bool is_first_refusal();

    std::mutex mutex_;
    // Guarded by mutex_.
    SenderShares shares_;
    std::size_t crowd_ = 0;  // so many files were being sent when one was refused; 0: none was
};

}  // namespace server
