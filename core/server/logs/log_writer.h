// The process that writes all logs: it reads a pipe of each other process, and for children one
// more that is their descriptor 2. No Python, no client bytes but lines; the rights of the server
// processes, and the descriptors of the logs, which nobody else has. What a tenant's process sends
// is hostile: it can write lines into the logs of its own virtual hosts, and nothing else. Ends
// when the supervisor closes its pipe, or dies, and what was said until then is written.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "core/base/system/log_pipe.h"
#include "core/server/logs/file_size_limit.h"
#include "core/server/logs/log_target.h"

namespace server {

// A process whose lines are read, through all its incarnations.
struct LogSource {
    int lines = -1;  // read end of what base::LogPipe sends
    int words = -1;  // read end of its descriptor 2; -1: not ours
    // The logs that its numbers mean; words go to the first one. Empty: the numbers are ours, and
    // what it sends are lines that can be trusted to be lines.
    std::vector<std::uint32_t> logs;
    const std::atomic<pid_t>* pid = nullptr;
};

class LogWriter {
public:
    // `sources[0]` is the supervisor.
    explicit LogWriter(std::vector<LogSource> sources) : sources_(std::move(sources)) {}

    // The first one is where news of the others are told.
    void add_log(int fd, std::string path);
    // Until the supervisor has gone; ends the process.
    [[noreturn]] void run();

private:
    struct Unfinished {
        std::string bytes;         // of a frame or a line
        std::string text;          // of the frames of one text
        std::uint32_t number = 0;  // where that goes
        pid_t told_of = -1;        // who was last said to write what is no frame
    };
    bool open();
    // How many bytes came.
    std::size_t read_what_is_there(int timeout_milliseconds);
    std::size_t read_from(std::size_t source, bool is_words);
    void take_lines(std::size_t source, std::string_view bytes);
    void tell_foreign(std::size_t source);
    void take_frame(std::size_t source, const base::LogFrameHeader& header, std::string_view text);
    void add_lines(std::size_t source, std::uint32_t number, std::string_view lines);
    void take_words(std::size_t source, std::string_view bytes);
    void add_words(std::size_t source, std::string_view line);
    void end_unfinished();
    void add(LogTarget& target, std::string_view lines);
    void flush();
    void stop_reading(int fd);
    void drain();
    [[nodiscard]] LogTarget* target_of(const LogSource& source, std::uint32_t number);

    std::vector<LogSource> sources_;
    const FileSizeLimit limit_;
    std::deque<LogTarget> targets_;
    std::vector<LogTarget*> slow_;   // have threads
    std::vector<LogTarget*> dirty_;  // have lines to flush
    std::vector<Unfinished> lines_;  // by source
    std::vector<Unfinished> words_;  // by source
    base::Fd epoll_;
    std::string text_;
    bool has_unfinished_ = false;
    bool is_ending_ = false;
};

}  // namespace server
