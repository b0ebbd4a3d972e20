#include "core/server/links/answer_order.h"

#include <utility>

#include "ipc/breach.h"
#include "ipc/messages.h"

namespace server {
base::Result<> AnswerOrder::heed(const ipc::Frame& frame) {
    switch (frame.header.type) {
        case ipc::FrameType::kHead:
            return heed_head(frame);
        case ipc::FrameType::kBody:
            TRY(heed_body(frame.payload.size()));
            has_ended_ = frame.is_last();
            return {};
        case ipc::FrameType::kDescriptor:
            // One for each answer: whoever receives them has to close them, too.
            return std::exchange(awaits_file_, false)
                       ? base::Result<>()
                       : ipc::breach("a daemon process sent a file out of place");
        case ipc::FrameType::kEnd:
        case ipc::FrameType::kAbort:
            has_ended_ = true;
            return {};
        case ipc::FrameType::kWindow:
            return {};  // that is about the request
        default:
            return ipc::breach("a daemon process sent a frame that is not its to send");
    }
}

base::Result<> AnswerOrder::heed_head(const ipc::Frame& frame) {
    if (std::exchange(has_head_, true)) {
        return ipc::breach("a daemon process sent a second response head");
    }
    awaits_file_ = (frame.header.flags & ipc::kWithFile) != 0;
    if ((frame.header.flags & ipc::kWithBody) != 0) {
        const ipc::HeadAndBody said = TRY(ipc::split_response(frame));
        TRY(heed_body(said.body.size()));
    }
    has_ended_ = frame.is_last() && !awaits_file_;
    return {};
}

base::Result<> AnswerOrder::heed_body(std::size_t size) {
    if (!has_head_ || awaits_file_ || size > ipc::kBodyMax) {
        return ipc::breach("a daemon process sent body bytes out of place");
    }
    received_ += static_cast<std::uint32_t>(size);
    if (received_ > ipc::kWindow) {
        return ipc::breach("a daemon process sent more than its window");
    }
    return {};
}

// In halves of the window, so that short answers cost no frame at all.
std::uint32_t AnswerOrder::take_room() {
    return received_ >= ipc::kWindow / 2 ? std::exchange(received_, 0) : 0;
}

}  // namespace server
