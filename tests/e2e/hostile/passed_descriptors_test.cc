// Descriptors that a hostile daemon process passes to a server process: whatever they are, the loop
// that receives them goes on serving others.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"

namespace test {
namespace {

class PassedDescriptors : public E2e, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    ,
    PassedDescriptors,
    testing::Values("unannounced&200", "announced&200", "out-of-band&1", "as-file&1")
);

TEST_P(PassedDescriptors, HoldUpNobody) {
    expect_log("hostile");
    allow_log(".*");
    Server& server = start(
        "StartServers 1\nServerThreads 1\n"
        "WSGIDaemonProcess hostile processes=1 threads=1 send-buffer-size=120000 "
        "receive-buffer-size=120000\n"
        "WSGIScriptAlias /hostile ${apps}/hostile/passes_descriptors.py process-group=hostile\n"
        "WSGIScriptAlias /embedded ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/embedded").status, 200);
    Client client = server.connect();
    client.get(std::string("/hostile?") + GetParam());
    client.read_response();  // whatever it is
    // Each of them takes a minute to close: had the loop closed one, nobody would be served.
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(server.get("/embedded").status, 200);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
    EXPECT_TRUE(eventually([&] { return server.get("/hostile?as-file&0").status != 503; }));
}

}  // namespace
}  // namespace test
