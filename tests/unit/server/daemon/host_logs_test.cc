// A request of a virtual host is told of in that host's log, and one of a host that is not ours
// nowhere.
#include "core/server/daemon/host_logs.h"

#include <gtest/gtest.h>

#include "core/base/system/log.h"

namespace {

TEST(HostLogs, GivesEachHostItsOwn) {
    const auto first = base::log_to_standard_error(base::LogLevel::kWarn);
    const auto second = base::log_to_standard_error(base::LogLevel::kWarn);
    const server::HostLogs logs({{2, 1, {}}, {5, 0, {}}, {7, 1, {}}}, {first, second});
    EXPECT_EQ(logs.of(2), second.get());
    EXPECT_EQ(logs.of(5), first.get());
    EXPECT_EQ(logs.of(7), second.get());
    for (const std::uint32_t other : {0U, 1U, 3U, 6U, 8U, 0xffffffffU}) {
        EXPECT_EQ(logs.of(other), nullptr) << other;
    }
}

}  // namespace
