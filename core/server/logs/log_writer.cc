#include "core/server/logs/log_writer.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "core/base/system/log.h"

namespace server {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// What is taken from one pipe before it is the next one's turn.
constexpr std::size_t kBlock = 64 * 1024;
// A wake-up costs more than a line: after a turn with little in it, what comes within this time is
// taken together. A pipe holds so much that nobody runs out of room meanwhile.
constexpr int kGatherMilliseconds = 1;
constexpr std::size_t kLittle = 16 * 1024;
// Longer than any line that base::log_line() makes of what it does not cut.
constexpr std::size_t kUnfinishedMax = 8 * base::kLogTextMax;
// How long the end of a line is waited for.
constexpr int kUnfinishedMilliseconds = 200;
// At the end: for what the pipes still hold, and for logs that may have to be waited for.
constexpr auto kDrainTime = 1s;

}  // namespace

void LogWriter::run() {
    if (!open()) {
        ::_exit(EXIT_FAILURE);
    }
    while (!is_ending_) {
        const std::size_t count =
            read_what_is_there(has_unfinished_ ? kUnfinishedMilliseconds : -1);
        if (count == 0) {
            end_unfinished();
        }
        flush();
        if (count < kLittle && !is_ending_) {
            ::poll(nullptr, 0, kGatherMilliseconds);
        }
    }
    drain();
    ::_exit(EXIT_SUCCESS);  // not a return: threads may still wait for their logs
}

bool LogWriter::open() {
    lines_.resize(sources_.size());
    words_.resize(sources_.size());
    epoll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        for (const bool is_words : {false, true}) {
            const int fd = is_words ? sources_[i].words : sources_[i].lines;
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = 2 * i + (is_words ? 1 : 0);
            if (fd >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
                return false;
            }
        }
    }
    return true;
}

std::size_t LogWriter::read_what_is_there(int timeout_milliseconds) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(
        epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_milliseconds
    );
    std::size_t bytes = 0;
    for (int i = 0; i < count; ++i) {
        const std::uint64_t key = events.at(static_cast<std::size_t>(i)).data.u64;
        bytes += read_from(key / 2, key % 2 == 1);
    }
    return bytes;
}

std::size_t LogWriter::read_from(std::size_t source, bool is_words) {
    const int fd = is_words ? sources_[source].words : sources_[source].lines;
    std::array<char, kBlock> block;
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count > 0) {
        const std::string_view bytes(block.data(), static_cast<std::size_t>(count));
        is_words ? take_words(source, bytes) : take_lines(source, bytes);
        return bytes.size();
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        stop_reading(fd);  // nobody can write there any more
        is_ending_ |= source == 0;
    }
    return 0;
}

void LogWriter::stop_reading(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

// --- Lines ---------------------------------------------------------------------------------------

void LogWriter::take_lines(std::size_t source, std::string_view bytes) {
    std::string& unfinished = lines_[source].bytes;
    unfinished += bytes;
    std::string_view rest = unfinished;
    std::size_t foreign = 0;
    while (const auto frame = base::take_log_frame(rest, foreign)) {
        take_frame(source, frame->header, frame->text);
    }
    unfinished.erase(0, unfinished.size() - rest.size());
    if (foreign > 0) {
        tell_foreign(source);
    }
}

// Once for each process that has had the pipe.
void LogWriter::tell_foreign(std::size_t source) {
    const pid_t pid = sources_[source].pid == nullptr ? 0 : sources_[source].pid->load();
    if (std::exchange(lines_[source].told_of, pid) != pid) {
        add_words(
            source, "(something in this process writes into the pipe of its logs; that is dropped)"
        );
    }
}

void LogWriter::take_frame(
    std::size_t source, const base::LogFrameHeader& header, std::string_view text
) {
    Unfinished& unfinished = lines_[source];
    const bool goes_on = (header.flags & base::kLogFrameGoesOn) != 0;
    const bool has_more = (header.flags & base::kLogFrameHasMore) != 0;
    if (!unfinished.text.empty() && (!goes_on || unfinished.number != header.number ||
                                     unfinished.text.size() > kUnfinishedMax)) {
        add_lines(source, unfinished.number, unfinished.text);  // there was no room for its end
        unfinished.text.clear();
    }
    if (!has_more && unfinished.text.empty()) {
        add_lines(source, header.number, text);
        return;
    }
    unfinished.text += text;
    unfinished.number = header.number;
    if (!has_more) {
        add_lines(source, header.number, unfinished.text);
        unfinished.text.clear();
    }
}

void LogWriter::add_lines(std::size_t source, std::uint32_t number, std::string_view lines) {
    LogTarget* const target = target_of(sources_[source], number);
    if (target == nullptr) {
        return;
    }
    if (sources_[source].logs.empty()) {
        add(*target, lines);
        add(*target, lines.ends_with('\n') ? "" : "\n");
        return;
    }
    text_.clear();
    base::append_log_text(text_, lines.substr(0, lines.find_last_not_of('\n') + 1));
    text_ += '\n';
    add(*target, text_);
}

LogTarget* LogWriter::target_of(const LogSource& source, std::uint32_t number) {
    if (source.logs.empty()) {
        return number < targets_.size() ? &targets_[number] : nullptr;
    }
    return number < source.logs.size() ? &targets_.at(source.logs[number]) : nullptr;
}

// --- Words ---------------------------------------------------------------------------------------

void LogWriter::take_words(std::size_t source, std::string_view bytes) {
    std::string& unfinished = words_[source].bytes;
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos;
         bytes.remove_prefix(end + 1)) {
        if (unfinished.empty()) {
            add_words(source, bytes.substr(0, end));
        } else {
            unfinished += bytes.substr(0, end);
            add_words(source, unfinished);
            unfinished.clear();
        }
    }
    unfinished += bytes;
    if (unfinished.size() > base::kLogTextMax) {
        add_words(source, unfinished);
        unfinished.clear();
    }
    has_unfinished_ |= !unfinished.empty();
}

void LogWriter::add_words(std::size_t source, std::string_view line) {
    if (line.empty()) {
        return;  // a prefix for each of a million line ends would fill a disk
    }
    const LogSource& from = sources_[source];
    text_ = base::log_prefix_of_process(from.pid == nullptr ? 0 : from.pid->load());
    base::append_log_text(text_, line);
    text_ += '\n';
    add(targets_.at(from.logs.empty() ? 0 : from.logs[0]), text_);
}

void LogWriter::end_unfinished() {
    has_unfinished_ = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (!words_[i].bytes.empty()) {
            add_words(i, words_[i].bytes);
            words_[i].bytes.clear();
        }
    }
}

// --- Out -----------------------------------------------------------------------------------------

void LogWriter::add_log(int fd, std::string path) {
    LogTarget& target = targets_.emplace_back(fd, std::move(path), limit_);
    if (target.may_wait()) {
        slow_.push_back(&target);
    }
}

void LogWriter::add(LogTarget& target, std::string_view lines) {
    target.add(lines);
    if (dirty_.empty() || dirty_.back() != &target) {
        dirty_.push_back(&target);
    }
}

void LogWriter::flush() {
    std::string news;
    const auto take_news = [&news](LogTarget& target) {
        if (const std::string sentence = target.take_news(); !sentence.empty()) {
            news += base::log_line(base::LogLevel::kWarn, {}, sentence);
        }
    };
    for (LogTarget* const target : dirty_) {
        target->flush();
        take_news(*target);
    }
    dirty_.clear();
    for (LogTarget* const target : slow_) {
        take_news(*target);
    }
    if (!news.empty()) {
        targets_.front().add(news);
        targets_.front().flush();
    }
}

void LogWriter::drain() {
    const auto deadline = Clock::now() + kDrainTime;
    while (Clock::now() < deadline && read_what_is_there(0) > 0) {
        flush();
    }
    end_unfinished();
    flush();
    while (Clock::now() < deadline && !std::ranges::all_of(targets_, &LogTarget::is_idle)) {
        ::poll(nullptr, 0, kGatherMilliseconds);
    }
    flush();
}

}  // namespace server
