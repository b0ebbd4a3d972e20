// A server process that is told to end, by whomever: what it has is answered, and everybody else is
// served by its successor meanwhile.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Succession : public E2e {
protected:
    Succession() {
        write_file(tmp() / "page.txt", "neighbour");
        mounts_ =
            "WSGIDaemonProcess well\nAlias /page ${tmp}/page.txt\n<Directory ${tmp}>\n"
            "Require all granted\n</Directory>\n"
            "WSGIScriptAlias /wait ${apps}/waits_at_gate.py\n"
            "WSGIScriptAlias /embedded ${apps}/shows_process.py\n"
            "WSGIScriptAlias /daemon ${apps}/hello.py process-group=well\n";
    }
    static pid_t pid_of(const Server& server) {
        const auto facts = entries_of(server.get("/embedded").body);
        const auto pid = facts.find("pid");
        return pid == facts.end() ? -1 : std::stoi(pid->second);
    }
    std::string mounts_;
};

TEST_F(Succession, OfAServerProcessThatStillAnswersIsAtOnce) {
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Server& server = start(mounts_);
    const pid_t old = pid_of(server);
    Client client = server.connect();
    client.get("/wait?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_EQ(tell.take_line(), fmt::format("begun {}", old));
    ::kill(old, SIGTERM);
    EXPECT_TRUE(eventually([&] {
        const pid_t pid = pid_of(server);
        return pid > 0 && pid != old;
    }));
    EXPECT_TRUE(proc::is_running(old));
    EXPECT_EQ(server.get("/page").body, "neighbour");
    EXPECT_EQ(server.get("/daemon").body, "Hello, World!");
    gate.put("x");
    EXPECT_EQ(client.read_response().body, "passed");
    EXPECT_TRUE(eventually([old] { return !proc::is_running(old); }));
    EXPECT_EQ(server.get("/page").body, "neighbour");
    expect_log("server process 0 .*is told to stop");
}

}  // namespace
}  // namespace test
