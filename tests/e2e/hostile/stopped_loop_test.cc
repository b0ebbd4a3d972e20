// An application that holds up the event loops of its process without touching anything of theirs:
// such a process serves nobody, and another one takes its place.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <vector>

#include "core/base/system/fd.h"
#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class StoppedLoop : public E2e {};

// The file is one that nobody writes, as one on a file system that does not answer.
TEST_F(StoppedLoop, EndsTheProcessAndAnotherOneServes) {
    expect_log("event loops stood still");
    allow_log(".*");
    const std::string file = tmp() / "zone";
    ASSERT_EQ(::mkfifo(file.c_str(), 0644), 0);
    write_file(tmp() / "file.txt", "content");
    const Server& server = start(
        "StartServers 1\nServerThreads 2\n"
        // What time it is here is asked for each request.
        "RewriteEngine On\nRewriteCond %{TIME_YEAR} =1999\nRewriteRule ^ - [F]\n"
        "WSGIScriptAlias /zone ${apps}/hostile/waits_for_time_zone.py\n"
        "Alias /file.txt ${tmp}/file.txt\n"
        "<Directory ${tmp}>\nRequire all granted\n</Directory>\n"
    );
    EXPECT_EQ(server.get("/file.txt").body, "content");
    Client held = server.connect();
    held.get("/zone?" + file);
    // There is a writer when there is a reader, and it writes nothing.
    base::Fd writer;
    ASSERT_TRUE(eventually([&] {
        writer = base::Fd(::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
        return writer.is_open();
    }));
    std::vector<Client> clients;  // of both loops
    for (int i = 0; i < 10; ++i) {
        clients.push_back(server.connect());
        clients.back().get("/file.txt");
    }
    wait_for_log("event loops stood still");
    EXPECT_TRUE(eventually([&] { return server.get("/file.txt").body == "content"; }));
}

}  // namespace
}  // namespace test
