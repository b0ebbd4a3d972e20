#include "core/server/links/stream_numbers.h"

namespace server {

std::uint32_t StreamNumbers::next() const { return free_.empty() ? end() : free_.back(); }

void StreamNumbers::take(DaemonStream& stream) {
    const std::uint32_t number = next();
    if (free_.empty()) {
        streams_.emplace_back();
    } else {
        free_.pop_back();
    }
    streams_[number] = {&stream, true, 0};
    ++open_count_;
}

void StreamNumbers::close(std::uint32_t number) {
    // Last freed, first used: few tasks of the process stay warm.
    streams_[number] = {};
    free_.push_back(number);
    --open_count_;
}

void StreamNumbers::abandon(std::uint32_t number, std::uint32_t received) {
    streams_[number].stream = nullptr;
    streams_[number].dropped = received;
}

base::Result<> StreamNumbers::drop(const ipc::Frame& frame) {
    const std::uint32_t number = frame.header.stream;
    // Its window stays as it was when it was abandoned: nobody gives room any more, so that it ends
    // after 256 KiB at most.
    Stream& abandoned = streams_[number];
    bool is_last_word = false;
    switch (frame.header.type) {
        case ipc::FrameType::kBody:
            abandoned.dropped += static_cast<std::uint32_t>(frame.payload.size());
            if (abandoned.dropped > ipc::kWindow) {
                return base::fail(
                    base::Fault::kServer, "a daemon process sent more than its window"
                );
            }
            [[fallthrough]];
        case ipc::FrameType::kHead:
            is_last_word = frame.is_last();
            break;
        case ipc::FrameType::kEnd:
        case ipc::FrameType::kAbort:
            is_last_word = true;
            break;
        case ipc::FrameType::kDescriptor:
        case ipc::FrameType::kWindow:
            break;
        default:
            return base::fail(
                base::Fault::kServer, "a daemon process sent a frame that is not its to send"
            );
    }
    if (is_last_word) {
        close(number);
    }
    return {};
}

}  // namespace server
