// Access logs: one line per finished request, in Apache's common or combined format, written once
// per turn of an event loop. An AccessLogFile is shared and constant; an AccessLogBuffer belongs to
// one event loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/fd.h"
#include "core/config/config.h"
#include "http/request.h"

namespace server {

struct AccessLogFile {
    base::Fd fd;
    config::AccessFormat format = config::AccessFormat::kCommon;
};

struct AccessRecord {
    std::string_view remote_addr;
    const http::Request& request;
    int status = 0;
    std::uint64_t body_bytes = 0;
};

class AccessLogBuffer {
public:
    // Keeps the line until flush().
    void add(
        const AccessLogFile& file, const AccessRecord& record, std::int64_t seconds_since_epoch
    );
    void flush();

private:
    struct Pending {
        const AccessLogFile* file;
        std::string lines;
    };
    std::string& pending(const AccessLogFile& file);
    const std::string& time_text(std::int64_t seconds_since_epoch);

    std::vector<Pending> pending_;  // few: one per file that this loop has used
    std::int64_t time_ = -1;
    std::string time_text_;
};

}  // namespace server
