// Where the lines of an AccessLogBuffer go at the end of a turn.
#include <unistd.h>

#include <algorithm>

#include "core/server/logs/access_log.h"

namespace server {
namespace {

// Of each log, while there is no room for them.
constexpr std::size_t kPendingLinesMax = 256 * 1024;

}  // namespace

void AccessLogBuffer::flush() {
    for (Pending& pending : pending_) {
        if (!pending.lines.empty()) {
            flush(pending);
        }
    }
}

bool AccessLogBuffer::is_empty() const {
    return std::ranges::all_of(pending_, [](const Pending& one) { return one.lines.empty(); });
}

void AccessLogBuffer::flush_all() {
    flush();
    for (Pending& pending : pending_) {
        if (!pending.lines.empty()) {
            pending.file->pipe->wait_for_room();
            flush(pending);
        }
    }
}

void AccessLogBuffer::flush(Pending& pending) {
    const base::LogPipe* const pipe = pending.file->pipe;
    if (pipe == nullptr) {
        // Opened with O_APPEND: lines of several loops and processes do not mix.
        [[maybe_unused]] const auto written =
            ::write(pending.file->fd.get(), pending.lines.data(), pending.lines.size());
        pending.lines.clear();
        return;
    }
    std::string_view rest = pending.lines;
    while (!rest.empty()) {
        // As many whole lines as fit into a frame, at least one.
        std::size_t size = rest.substr(0, base::kLogFrameTextMax).rfind('\n');
        size = size == std::string_view::npos ? rest.find('\n') : size;
        if (!pipe->offer(pending.file->number, rest.substr(0, size + 1))) {
            break;
        }
        rest.remove_prefix(size + 1);
    }
    pending.lines.erase(0, pending.lines.size() - rest.size());
    if (pending.lines.size() > kPendingLinesMax) {
        pipe->count_lost(static_cast<std::uint64_t>(std::ranges::count(pending.lines, '\n')));
        pending.lines.clear();
    }
}

std::string& AccessLogBuffer::pending(const AccessLogFile& file) {
    for (Pending& pending : pending_) {
        if (pending.file == &file) {
            return pending.lines;
        }
    }
    pending_.push_back({&file, {}});
    return pending_.back().lines;
}

}  // namespace server
