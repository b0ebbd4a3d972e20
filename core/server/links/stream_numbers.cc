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
    streams_[number] = {&stream, true, {}};
    ++open_count_;
    if (load_ != nullptr) {
        load_->requests.fetch_add(1, std::memory_order_relaxed);
    }
}

void StreamNumbers::close(std::uint32_t number) {
    // Last freed, first used: few tasks of the process stay warm.
    streams_[number] = {};
    free_.push_back(number);
    --open_count_;
    if (load_ != nullptr) {
        load_->requests.fetch_sub(1, std::memory_order_relaxed);
    }
}

void StreamNumbers::abandon(std::uint32_t number, const AnswerOrder& said) {
    streams_[number].stream = nullptr;
    streams_[number].said = said;
}

base::Result<> StreamNumbers::drop(const ipc::Frame& frame) {
    // Nobody gives room any more, so that it ends after a window at most.
    AnswerOrder& said = streams_[frame.header.stream].said;
    TRY(said.heed(frame));
    if (said.has_ended()) {
        close(frame.header.stream);
    }
    return {};
}

}  // namespace server
