#include "core/site/sections/htaccess_reader.h"

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/base/files/read_to_end.h"
#include "core/base/text/effort.h"

namespace site {
namespace {

using Read = HtaccessReader::Read;
using Job = HtaccessReader::Job;

// Of the thread's time: other files wait behind it.
constexpr std::chrono::milliseconds kReadingTimeMax{500};

base::Result<std::string> text_of(const Job& job) {
    return base::read_to_end(
        job.file.get(), HtaccessReader::kFileBytesMax, job.path + ": cannot be read"
    );
}

Read unreadable(const Job& job, const base::Error& why) {
    return {
        .id = job.id,
        .config = base::fail(base::Fault::kConfig, why.what),
        .is_readable = false,
    };
}

Read parse(const Job& job, const std::string& text, config::ParseOptions options) {
    const base::Effort effort(kReadingTimeMax, base::Effort::Within::kNothing);
    std::size_t bytes = 0;
    options.bytes = &bytes;
    auto config = config::parse_htaccess(text, job.path, job.allowed, job.allowed_list, options);
    return {.id = job.id, .config = std::move(config), .bytes = bytes};
}

}  // namespace

// What its threads know of the reader, which may be gone before they are. Any thread.
class HtaccessReader::Results {
public:
    using Lock = std::lock_guard<std::mutex>;

    Place begin(std::uint32_t host) {
        const Lock lock(mutex_);
        std::size_t& its = jobs_[host];
        if (its >= kJobsOfHostMax) {
            return Place::kLater;
        }
        if (all_jobs_ >= kJobsMax) {
            forget_if_idle(lock, host);
            return Place::kNone;
        }
        ++its;
        ++all_jobs_;
        return Place::kTaken;
    }
    // It has not been begun.
    void take_back(std::uint32_t host) {
        const Lock lock(mutex_);
        end_of(lock, host);
    }
    void end(std::uint32_t host, Read result, const std::function<void()>& tell) {
        const Lock lock(mutex_);
        end_of(lock, host);
        if (is_closed_) {
            return;
        }
        read_.push_back(std::move(result));
        has_read.store(true, std::memory_order_release);
        ended.fetch_add(1, std::memory_order_release);
        tell();
    }
    std::vector<Read> take() {
        const Lock lock(mutex_);
        has_read.store(false, std::memory_order_relaxed);
        return std::exchange(read_, {});
    }
    void close() {
        const Lock lock(mutex_);
        is_closed_ = true;
    }
    bool is_closed() {
        const Lock lock(mutex_);
        return is_closed_;
    }

    std::atomic<bool> has_read{false};
    std::atomic<std::uint64_t> ended{0};

private:
    void end_of(const Lock& lock, std::uint32_t host) {
        --jobs_[host];
        --all_jobs_;
        forget_if_idle(lock, host);
    }
    void forget_if_idle(const Lock&, std::uint32_t host) {
        if (const auto found = jobs_.find(host); found->second == 0) {
            jobs_.erase(found);
        }
    }

    std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<std::uint32_t, std::size_t> jobs_;  // by host
    std::size_t all_jobs_ = 0;
    std::vector<Read> read_;
    bool is_closed_ = false;
};

HtaccessReader::HtaccessReader(config::ParseOptions options)
    : options_(std::make_shared<const config::ParseOptions>(std::move(options))),
      results_(std::make_shared<Results>()) {}

HtaccessReader::~HtaccessReader() { results_->close(); }

bool HtaccessReader::has_read() const { return results_->has_read.load(std::memory_order_acquire); }

std::uint64_t HtaccessReader::ended() const {
    return results_->ended.load(std::memory_order_acquire);
}

std::vector<Read> HtaccessReader::take() { return results_->take(); }

Read HtaccessReader::read(const Job& job) const {
    const auto text = text_of(job);
    return text ? parse(job, *text, *options_) : unreadable(job, text.error());
}

HtaccessReader::Place HtaccessReader::submit(Job& job) {
    const auto host = job.host;
    if (const auto place = results_->begin(host); place != Place::kTaken) {
        return place;
    }
    const std::string lane = fmt::format("{}", host);
    const auto end = [results = results_, tell = threads_.tell, host](Read result) {
        results->end(host, std::move(result), tell);
    };
    const auto shared = std::make_shared<Job>(std::move(job));
    const auto read_it =
        [shared, lane, end, results = results_, options = options_, parsers = threads_.parsers] {
            if (results->is_closed()) {
                return;
            }
            auto text = text_of(*shared);
            shared->file.reset();  // may take as long
            if (!text) {
                end(unreadable(*shared, text.error()));
                return;
            }
            const bool is_begun =
                parsers->submit(lane, [shared, end, results, options, text = *std::move(text)] {
                    if (!results->is_closed()) {
                        end(parse(*shared, text, *options));
                    }
                });
            if (!is_begun) {
                end({.id = shared->id, .config = config::Config(), .is_put_off = true});
            }
        };
    if (!threads_.disks->submit(lane, read_it)) {
        results_->take_back(host);
        job = std::move(*shared);
        return Place::kNone;
    }
    return Place::kTaken;
}

}  // namespace site
