#include "core/server/client/directions/file_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/foreign/disposal.h"
#include "core/base/foreign/file_systems.h"

namespace server {
namespace {

void fill(FileRead& read) {
    read.bytes.resize(read.count);
    ssize_t count = 0;
    do {
        count = ::pread(
            read.file.get(), read.bytes.data(), read.count, static_cast<off_t>(read.offset)
        );
    } while (count < 0 && errno == EINTR);
    read.bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    // In this thread, not in the loop, where a descriptor of a file system that does not answer
    // would be closed with the request.
    read.file.reset();  // may take as long
}

}  // namespace

std::shared_ptr<FileRead> FileReader::read(const FilePart& part, std::function<void()> done) {
    constexpr std::size_t kReadAtOnce = 128 * 1024;
    // Shared with the thread: the connection may close meanwhile, and takes `done` back then. The
    // descriptor is a duplicate, for the same reason.
    auto read = std::make_shared<FileRead>();
    read->file = base::Fd(::fcntl(part.file, F_DUPFD_CLOEXEC, 0));
    read->offset = part.offset;
    read->count = std::min(part.count, kReadAtOnce);
    read->done = std::move(done);
    const auto tell = [&loop = loop_, read] {
        // The loop outlives the lanes' threads (SideMapper::end()).
        loop.post([read] {
            if (read->done) {
                std::exchange(read->done, {})();
            }
        });
    };
    const auto slow = part.is_slow ? base::slow_mount_of(part.file) : std::nullopt;
    const std::string lane = fmt::format("{}", slow ? *slow : std::uint64_t{part.host});
    base::Lanes& lanes = slow ? mounts_ : disks_;
    const bool is_begun = read->file.is_open() && lanes.submit(lane, [read, tell] {
        fill(*read);
        tell();
    });
    // No thread or no descriptor is free: the loop waits for the disk itself.
    if (!is_begun && !part.is_slow) {
        return nullptr;
    }
    if (!is_begun) {
        // Never that for what may not answer at all: the read ends with nothing, in a later turn as
        // any other, and the connection breaks.
        base::dispose_by_mount(std::move(read->file));
        tell();
    }
    return read;
}

}  // namespace server
