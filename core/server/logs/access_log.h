// Access logs: one line per finished request, in the formats of the configuration, written once per
// turn of an event loop. An AccessLogFile is shared and constant; an AccessLogBuffer belongs to one
// event loop.
#pragma once

#include <time.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/system/fd.h"
#include "core/base/system/log_pipe.h"
#include "core/config/model/config.h"
#include "core/site/conditions/walk.h"
#include "http/request.h"

namespace server {

struct AccessLogFile {
    base::Fd fd;  // where there is no pipe
    const base::LogPipe* pipe = nullptr;
    std::uint32_t number = 0;  // behind it
};

// One log of a virtual host. The configuration owns what it points to.
struct AccessLogTarget {
    const AccessLogFile* file = nullptr;
    const config::LogFormat* format = nullptr;
    const config::LogCondition* condition = nullptr;  // null: every request
};

// What became of the connection.
enum class AfterAnswer : char { kLivesOn = '+', kCloses = '-', kBroke = 'X' };

// A request that has been answered. Views; they live as long as add().
struct AccessRecord {
    const http::Request& request;
    std::string_view remote_addr;
    std::string_view local_addr = {};
    std::uint16_t remote_port = 0;
    std::uint16_t local_port = 0;
    std::uint16_t canonical_port = 0;
    int status = 0;
    int keep_alive_count = 0;          // requests before it on its connection
    std::uint64_t body_bytes = 0;      // of the answer
    std::uint64_t bytes_received = 0;  // head and body
    std::uint64_t bytes_sent = 0;      // head and body
    std::int64_t begun = 0;            // microseconds since the epoch
    std::int64_t ended = 0;            // likewise
    std::int32_t pid = 0;
    AfterAnswer after = AfterAnswer::kCloses;
    std::string_view server_name = {};           // ServerName
    std::string_view server_name_as_asked = {};  // what applications are told
    std::string_view request_id = {};
    std::string_view user = {};  // who has logged in; "" where nobody has
    // What config::LogNeeds speaks of; else null and "". Of a request that was not understood there
    // is no walk either.
    const site::Walk* walk = nullptr;
    std::string_view response_head = {};  // as it was sent
};

// Since the epoch.
std::int64_t microseconds_of(const timespec& time);

class AccessLogBuffer {
public:
    // Keeps the line until flush().
    void add(const AccessLogTarget& log, const AccessRecord& record);
    // Without waiting: what there is no room for stays for the next time, within a bound.
    void flush();
    [[nodiscard]] bool is_empty() const;
    // At the end of the loop: waits for room, a little.
    void flush_all();

private:
    struct Pending {
        const AccessLogFile* file;
        std::string lines;
    };
    static void flush(Pending& pending);
    struct TimeText {
        std::int64_t seconds = -1;
        std::size_t size = 0;
        std::array<char, 40> text;
    };
    std::string& pending(const AccessLogFile& file);
    void append(std::string& out, const config::LogItem& item, const AccessRecord& record);
    void append_about_request(
        std::string& out, const config::LogItem& item, const AccessRecord& record
    );
    void append_path(std::string& out, const http::Request& request);
    void append_time(std::string& out, std::int64_t seconds);

    std::vector<Pending> pending_;  // few: one per file that this loop has used
    // The newest seconds: requests that took long are about older ones than the others.
    std::array<TimeText, 4> times_;
    std::string path_;
};

}  // namespace server
