// One log as the process that writes all of them sees it. A regular file of a local file system is
// written at once; whatever may have to be waited for (a FIFO, a terminal, a file system on a
// network) has a thread and a queue of its own, so that it holds up nobody but itself, unless the
// system has no thread.
// Reader thread, but for what mutex_ guards; lives until the process ends.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/server/logs/file_size_limit.h"
#include "core/server/logs/log_losses.h"

namespace server {

class LogTarget {
public:
    // `fd` and `limit` outlive it; `path` is what it is called in sentences.
    LogTarget(int fd, std::string path, const FileSizeLimit& limit);
    LogTarget(const LogTarget&) = delete;
    LogTarget& operator=(const LogTarget&) = delete;
    ~LogTarget() = default;  // never, where there is a thread

    // Whole lines. They go with the next flush(), or when there are many.
    void add(std::string_view lines);
    void flush();

    // What there is to say of this log since the last call; "" is nothing.
    [[nodiscard]] std::string take_news();
    [[nodiscard]] bool may_wait() const { return may_wait_; }
    // Everything is written, or lost.
    [[nodiscard]] bool is_idle();

private:
    void hand_over();
    void run() noexcept;
    // Returns how many lines did not go. Where only another process could write, ends this one.
    std::uint64_t write_out(std::string_view text) noexcept;
    [[nodiscard]] bool may_write_again() const noexcept;

    // Fixed at construction.
    const int fd_;
    const std::string path_;
    const bool may_wait_;
    const FileSizeLimit& limit_;

    std::string pending_;  // reader thread

    // Guarded by mutex_.
    std::mutex mutex_;
    std::condition_variable more_;
    std::string queue_;
    bool is_writing_ = false;
    LogLosses losses_;

    std::thread thread_;
};

}  // namespace server
