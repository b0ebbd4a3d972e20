// Any bytes as a format of an access log, and as what a client has sent: the format is refused with
// a sentence or written, and a line stays a line.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/config/model/log_format.h"
#include "core/server/logs/access_log.h"
#include "tests/support/unit/sample_walk.h"

namespace {

// What the format itself writes: text, and times as strftime writes them.
bool is_written_by_format(const config::LogItem& item) {
    return item.kind == config::LogItem::Kind::kText || item.kind == config::LogItem::Kind::kTimeAs;
}

std::string written(const config::LogFormat& format, std::string_view sent) {
    static const support::SampleWalk sample;
    const server::AccessLogFile file{base::Fd(::memfd_create("access", MFD_CLOEXEC))};
    http::Request request;
    request.method = sent;
    request.target = sent;
    for (const char* name : {"Referer", "User-Agent", "Cookie"}) {
        request.headers.add(name, sent);
    }
    server::AccessRecord record{request, "192.0.2.1"};
    record.status = 200;
    record.server_name_as_asked = sent;
    record.response_head = sent;
    record.walk = &sample.walk;
    server::AccessLogBuffer buffer;
    buffer.add({&file, &format, nullptr}, record);
    buffer.flush();
    const auto size = ::lseek(file.fd.get(), 0, SEEK_END);
    CHECK(size > 0);
    std::string line(static_cast<std::size_t>(size), '\0');
    CHECK(::pread(file.fd.get(), line.data(), line.size(), 0) == size);
    return line;
}

}  // namespace

// The bytes up to the first line feed are the format, the others are what a client has sent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kBytesMax = 2'000;
    const std::string_view all(reinterpret_cast<const char*>(data), std::min(size, kBytesMax));
    const auto end = std::min(all.find('\n'), all.size());
    auto format = config::parse_log_format(all.substr(0, end));
    if (!format) {
        CHECK(!format.error().what.empty());
        return 0;
    }
    written(*format, all.substr(end));
    std::erase_if(format->items, is_written_by_format);
    const std::string line = written(*format, all.substr(end));
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(std::ranges::all_of(line.substr(0, line.size() - 1), [](char c) {
        return c >= 0x20 && c < 0x7f;
    }));
    return 0;
}
