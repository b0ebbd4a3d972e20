// Frames without end from a hostile daemon process: the process is lost, another takes its place,
// and others are served meanwhile.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"

namespace test {
namespace {

class LinkFlood : public E2e {
protected:
    Server& start_hostile() {
        return start(
            "StartServers 1\nServerThreads 1\nRequestReadTimeout body=0\n"
            "WSGIDaemonProcess hostile processes=1 threads=1 send-buffer-size=120000 "
            "receive-buffer-size=120000\n"
            "WSGIScriptAlias /hostile ${apps}/hostile/floods_its_link.py process-group=hostile\n"
            "WSGIScriptAlias /embedded ${apps}/hello.py\n"
        );
    }
    void expect_another(const Server& server, const std::string& pid) {
        EXPECT_TRUE(eventually([&] {
            EXPECT_EQ(server.get("/embedded").status, 200);
            const Response response = server.get("/hostile?pid");
            return response.status == 200 && response.body != pid;
        }));
    }
};

TEST_F(LinkFlood, OfBeginningsEndsTheProcess) {
    allow_log("hostile");
    Server& server = start_hostile();
    const std::string pid = server.get("/hostile?pid").body;
    Client client = server.connect();
    client.get("/hostile?ready");
    EXPECT_EQ(client.read_response().status, 502);
    wait_for_log("process 0 of group 'hostile' is gone .*not its to send");
    expect_another(server, pid);
}

// The client has gone in the middle of its body, so that nobody waits for the answer.
TEST_F(LinkFlood, OfFilesForARequestWhoseClientHasGoneEndsTheProcess) {
    allow_log("hostile");
    Server& server = start_hostile();
    const std::string pid = server.get("/hostile?pid").body;
    {
        Client client = server.connect();
        client.send("POST /hostile?files HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        client.send(std::string(1000, 'x'));
        EXPECT_TRUE(client.wait_until_taken());
    }
    wait_for_log("process 0 of group 'hostile' is gone .*a file out of place");
    expect_another(server, pid);
}

}  // namespace
}  // namespace test
