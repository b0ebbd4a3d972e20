#include "core/site/sections/htaccess_reader.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "core/base/text/effort.h"
#include "core/base/text/regex.h"

namespace site {
namespace {

// Of the thread's time: other files wait behind it.
constexpr std::chrono::milliseconds kTimeMax{500};
constexpr std::size_t kJobsMax = 64;

}  // namespace

HtaccessReader::~HtaccessReader() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
}

HtaccessReader::Read HtaccessReader::read(const Job& job, const config::ParseOptions& options) {
    const base::Effort effort(kTimeMax, base::Effort::Within::kNothing);
    const auto before = base::Regex::bytes_compiled();
    auto config =
        config::parse_htaccess(job.text, job.path, job.allowed, job.allowed_list, options);
    return {
        .id = job.id,
        .config = std::move(config),
        .bytes = job.text.size() + base::Regex::bytes_compiled() - before,
    };
}

bool HtaccessReader::submit(Job job) {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kJobsMax) {
        const auto most = largest();
        if (most->text.size() <= job.text.size()) {
            return false;
        }
        const auto id = most->id;
        jobs_.erase(most);
        end({.id = id, .config = config::Config(), .bytes = 0, .is_put_off = true});
    }
    if (!thread_.joinable()) {
        try {  // the library has no other way to say that there is none
            thread_ = std::thread([this] { run(); });
        } catch (const std::system_error&) {
            return false;
        }
    }
    jobs_.push_back(std::move(job));
    changed_.notify_one();
    return true;
}

std::vector<HtaccessReader::Read> HtaccessReader::take() {
    const std::lock_guard lock(mutex_);
    has_read_.store(false, std::memory_order_relaxed);
    return std::exchange(read_, {});
}

std::deque<HtaccessReader::Job>::iterator HtaccessReader::largest() {
    return std::ranges::max_element(jobs_, {}, [](const Job& job) { return job.text.size(); });
}

std::deque<HtaccessReader::Job>::iterator HtaccessReader::smallest() {
    return std::ranges::min_element(jobs_, {}, [](const Job& job) { return job.text.size(); });
}

// With the mutex.
void HtaccessReader::end(Read result) {
    read_.push_back(std::move(result));
    has_read_.store(true, std::memory_order_release);
    ended_.fetch_add(1, std::memory_order_release);
}

void HtaccessReader::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_ending_ || !jobs_.empty(); });
        if (is_ending_) {
            return;
        }
        const auto next = smallest();
        const Job job = std::move(*next);
        jobs_.erase(next);
        lock.unlock();
        auto result = read(job, options_);
        lock.lock();
        end(std::move(result));
        tell_();
    }
}

}  // namespace site
