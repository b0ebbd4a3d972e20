// The way of log lines to the process that writes them (core/server/logs/log_writer.h): a pipe, so
// that nobody who serves ever waits for a disk or for whoever reads a log, what a process has said
// survives its crash, and nobody holds a descriptor with which a log could be emptied.
// Any thread; not in a child that an application has forked (base::Log sees to that). Each frame is
// one atomic write(2).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/base/system/bell.h"
#include "core/base/system/fd.h"

namespace base {

// What goes through the pipe: this, then `size` bytes of text. Never longer than PIPE_BUF.
struct LogFrameHeader {
    // Stands in no text (append_log_text), so that frames are found again behind what is none: an
    // application can write into the pipe of its process, which outlives that.
    static constexpr std::array<unsigned char, 4> kMark{0xff, 0x00, 0xfe, 0x01};
    std::array<unsigned char, 4> mark = kMark;
    std::uint32_t number = 0;  // which log; what the numbers mean is between the two ends
    std::uint16_t size = 0;
    std::uint16_t flags = 0;
};
constexpr std::uint16_t kLogFrameHasMore = 1;  // the text goes on in the next frame
constexpr std::uint16_t kLogFrameGoesOn = 2;   // it has begun in an earlier one
constexpr std::size_t kLogFrameTextMax = 4096 - sizeof(LogFrameHeader);

struct LogFrame {
    LogFrameHeader header;
    std::string_view text;  // of the bytes that it was taken from
};
// Takes the first whole frame from `bytes`, and whatever stands before it; how much of that was
// none is added to `foreign`. Nothing: `bytes` are at most the beginning of one.
std::optional<LogFrame> take_log_frame(std::string_view& bytes, std::size_t& foreign);

class LogPipe {
public:
    LogPipe() = default;
    explicit LogPipe(Fd fd) { use(std::move(fd)); }

    // From now on: the write end, made not to block. Before there are threads. What was used before
    // belongs to whoever forked this process, and is not closed.
    void use(Fd fd);
    // Nothing goes any more; the other end sees the end.
    void close() { fd_.reset(); }
    [[nodiscard]] int fd() const { return fd_.get(); }

    // Whole lines for log `number`. Never waits. False: there is no room just now. Of a text that
    // is longer than a frame, what follows the first one may be cut.
    bool offer(std::uint32_t number, std::string_view lines) const noexcept;
    // Waits until there is room, at most a second, and not at all while the last such wait was in
    // vain. Not for event loops.
    void wait_for_room() const noexcept;
    // Lines that did not go. They are told of when there is room again.
    void count_lost(std::uint64_t lines) const noexcept;
    // From now on rung when something is lost that nobody has told of. Before there are threads.
    // Null: there is no descriptor for it.
    const Bell* watch_losses() const;
    // Tells of them. False: there is no room for that just now.
    bool tell_losses() const noexcept;

private:
    bool send(std::uint32_t number, std::string_view text, unsigned flags) const noexcept;
    bool send_all(std::uint32_t number, std::string_view lines) const noexcept;
    bool tell_lost() const noexcept;
    bool send_count(std::uint64_t lost) const noexcept;

    Fd fd_;
    mutable std::optional<Bell> loss_;
    mutable std::mutex mutex_;  // keeps the frames of one text together
    mutable std::atomic<std::uint64_t> lost_{0};
    mutable std::atomic<bool> is_stuck_{false};
};

}  // namespace base
