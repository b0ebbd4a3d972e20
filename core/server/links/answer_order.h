// AnswerOrder: how far a daemon process has come with an answer. Holds it to the order of
// ipc/frame.h and to its window, whether somebody listens or the request has been abandoned. A
// value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "ipc/frame.h"

namespace server {

class AnswerOrder {
public:
    // The next frame of the answer; an error is a breach of the protocol.
    base::Result<> heed(const ipc::Frame& frame);

    [[nodiscard]] bool has_ended() const { return has_ended_; }
    // Its head has said that a file follows, which has not come.
    [[nodiscard]] bool awaits_file() const { return awaits_file_; }
    // For how many bytes the process is to be told now that there is room again; 0: it has enough.
    // Where nobody asks, it comes to its end after a window at most.
    std::uint32_t take_room();

private:
    base::Result<> heed_head(const ipc::Frame& frame);
    base::Result<> heed_body(std::size_t size);

    bool has_head_ = false;
    bool awaits_file_ = false;
    bool has_ended_ = false;
    std::uint32_t received_ = 0;  // body bytes since the process was last told of room
};

}  // namespace server
