// HtaccessReader: parses large .htaccess files in a thread of its own, so that the loop serves
// others meanwhile. Whoever wants a file that is being read is asked to come again. The thread
// starts when there is something to read.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "core/config/configuration_parser.h"
#include "core/config/model/config.h"

namespace site {

class HtaccessReader {
public:
    struct Job {
        std::uint64_t id = 0;  // whose it is; an answer to an outdated one is about nobody
        std::string text;
        std::string path;
        config::AllowOverride allowed;
        std::vector<std::string> allowed_list;
    };
    struct Read {
        std::uint64_t id = 0;
        base::Result<config::Config> config;
        std::size_t bytes = 0;    // of the text and what its regular expressions have become
        bool is_put_off = false;  // it has not been read, because smaller ones want to be
    };

    explicit HtaccessReader(const config::ParseOptions& options) : options_(options) {}
    ~HtaccessReader();  // waits for the file that is being read
    HtaccessReader(const HtaccessReader&) = delete;
    HtaccessReader& operator=(const HtaccessReader&) = delete;

    // Whom the thread tells that there is something to take; to be set before the first job.
    // Without it there is no thread, and whoever reads waits.
    void notify(std::function<void()> tell) { tell_ = std::move(tell); }
    [[nodiscard]] bool may_read_later() const { return tell_ != nullptr; }

    // Small files come first, and where there is no room, the largest has to wait, so that whoever
    // has many large ones holds up nobody else. False: there is no thread to be had, or it has too
    // much to do.
    bool submit(Job job);
    [[nodiscard]] bool has_read() const { return has_read_.load(std::memory_order_acquire); }
    // How many jobs have come to an end so far. Whoever waits remembers it: has_read() is only true
    // until somebody has taken.
    [[nodiscard]] std::uint64_t ended() const { return ended_.load(std::memory_order_acquire); }
    std::vector<Read> take();

    // In this thread, within what one file may cost.
    static Read read(const Job& job, const config::ParseOptions& options);

private:
    void run();
    void end(Read result);
    std::deque<Job>::iterator largest();
    std::deque<Job>::iterator smallest();

    const config::ParseOptions& options_;
    std::function<void()> tell_;
    std::atomic<bool> has_read_{false};
    std::atomic<std::uint64_t> ended_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::deque<Job> jobs_;
    std::vector<Read> read_;
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace site
