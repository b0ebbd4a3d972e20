// A client that resets its connection before the server has accepted it: nobody knows who it was,
// so that no rule about addresses could hold for what it has sent.
#include <gtest/gtest.h>

#include <csignal>
#include <ranges>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"

namespace test {
namespace {

class GoneBeforeAccepted : public OnLane {
protected:
    // But the one that writes the logs. First the supervisor, which would wake the others.
    static std::vector<pid_t> those_that_serve(const Server& server) {
        std::vector<pid_t> processes = server.workers();
        processes.insert(processes.begin(), server.pid());
        std::erase_if(processes, [](pid_t pid) {
            return proc::status_field(pid, "Name") == "hoopsnake-logs";
        });
        return processes;
    }
    static void stop_all(const std::vector<pid_t>& processes) {
        for (const pid_t pid : processes) {
            ::kill(pid, SIGSTOP);
        }
        for (const pid_t pid : processes) {
            ASSERT_TRUE(eventually([&] {
                const auto state = proc::status_field(pid, "State");
                return !state || state->starts_with('T');
            }));
        }
    }
};
INSTANTIATE_TEST_SUITE_P(, GoneBeforeAccepted, testing::ValuesIn(both_rings()), name_of);

TEST_P(GoneBeforeAccepted, IsNotHeard) {
    Server& server = start(
        "ServerThreads 1\n"
        "WSGIScriptAlias /counted ${apps}/counts_requests.py application-group=a\n"
        "WSGIScriptAlias /blocked ${apps}/counts_requests.py application-group=a\n"
        "<Location /counted>\nRequire ip 127.0.0.1\n</Location>\n"
        "<Location /blocked>\n<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n"
        "</RequireAll>\n</Location>\n"
    );
    expect_log("denied by Require not ip 127.0.0.1");
    ASSERT_EQ(server.get("/blocked").status, 403);
    ASSERT_EQ(server.get("/counted").body, "1");
    const auto processes = those_that_serve(server);
    stop_all(processes);
    for (int i = 0; i < 20; ++i) {
        for (const char* target : {"/blocked", "/counted"}) {
            Client client = server.connect();
            client.get(target);
            client.reset();
        }
    }
    for (const pid_t pid : std::views::reverse(processes)) {
        ::kill(pid, SIGCONT);
    }
    // It is accepted behind them.
    EXPECT_EQ(server.get("/counted").body, "2");
    EXPECT_EQ(log().find("[client :0]"), std::string::npos) << log();
    EXPECT_EQ(log().find("denied by Require ip"), std::string::npos) << log();
}

}  // namespace
}  // namespace test
