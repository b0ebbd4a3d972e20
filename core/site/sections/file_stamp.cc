#include "core/site/sections/file_stamp.h"

#include <sys/stat.h>

#include <ctime>

#include "core/site/names/file_look.h"

namespace site {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::int64_t FileStamp::now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return nanoseconds(now);
}

FileStamp FileStamp::of(const std::string& path, bool follows_last) {
    struct stat about {};
    if (const int error = look_at(path, about, follows_last); error != 0) {
        return {.error = error};
    }
    return {
        0,
        about.st_dev,
        about.st_ino,
        about.st_size,
        nanoseconds(about.st_mtim),
        nanoseconds(about.st_ctim)};
}

}  // namespace site
