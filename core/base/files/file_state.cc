#include "core/base/files/file_state.h"

#include <ctime>

namespace base {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileIdentity FileIdentity::of(const struct stat& facts) { return {facts.st_dev, facts.st_ino}; }

FileIdentity FileIdentity::of(int fd) {
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 ? of(facts) : FileIdentity{};
}

FileVersion FileVersion::of(const struct stat& facts) {
    return {facts.st_ino, facts.st_size, {facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec}};
}

FileStamp FileStamp::of(int error, const struct stat& facts) {
    FileStamp stamp;
    stamp.error = error;
    if (error == 0) {
        stamp.device = facts.st_dev;
        stamp.version = FileVersion::of(facts);
        stamp.changed = nanoseconds(facts.st_ctim);
    }
    return stamp;
}

std::int64_t FileStamp::now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return nanoseconds(now);
}

}  // namespace base
