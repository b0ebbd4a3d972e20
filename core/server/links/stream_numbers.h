// The numbers of the streams of one link. A number is free, or open with its stream, or open
// without one (abandoned) until the process has said its last word on it: what it still says must
// find nobody, rather than the next request with that number. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/server/links/answer_order.h"
#include "core/server/served/process_loads.h"
#include "ipc/frame.h"

namespace server {

class DaemonStream;

class StreamNumbers {
public:
    // Those that are open count in `load`, too, if there is one.
    explicit StreamNumbers(ProcessLoads::Load* load = nullptr) : load_(load) {}

    // What take() will give. The lowest new number, or one that has been free: the process keeps a
    // task for each, and refuses gaps.
    [[nodiscard]] std::uint32_t next() const;
    void take(DaemonStream& stream);
    void close(std::uint32_t number);
    // `said`: how far its answer has come.
    void abandon(std::uint32_t number, const AnswerOrder& said);

    [[nodiscard]] bool is_open(std::uint32_t number) const {
        return number < streams_.size() && streams_[number].is_open;
    }
    // Null: free, or abandoned.
    [[nodiscard]] DaemonStream* find(std::uint32_t number) const { return streams_[number].stream; }
    // Of an abandoned one, whose last word closes its number. It is held to the protocol all the
    // same.
    base::Result<> drop(const ipc::Frame& frame);

    // Abandoned ones, too.
    [[nodiscard]] std::size_t open_count() const { return open_count_; }
    // Those of the same process's links to other event loops, too, if they are counted.
    [[nodiscard]] std::size_t load() const {
        return load_ == nullptr ? open_count_ : load_->requests.load(std::memory_order_relaxed);
    }
    // One more than the highest that has ever been open.
    [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(streams_.size()); }

private:
    struct Stream {
        DaemonStream* stream = nullptr;
        bool is_open = false;
        AnswerOrder said;  // of an abandoned one
    };

    ProcessLoads::Load* const load_;
    std::vector<Stream> streams_;  // by number
    std::vector<std::uint32_t> free_;
    std::size_t open_count_ = 0;
};

}  // namespace server
