// wsgi.file_wrapper for many slow clients: what they keep open of files leaves descriptors to
// everybody else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

IN_BOTH_MODES(ManyFiles);

TEST_P(ManyFiles, LeaveDescriptorsToPythonAndToNewConnections) {
    write_file(tmp() / "large", std::string(8 << 20, 'x'));
    ServerOptions options;
    options.descriptor_limit = 256;
    Server& its = start(
        "ServerThreads 1\nWSGIScriptAlias /file ${apps}/wraps_file.py\n"
        "WSGIScriptAlias /hello ${apps}/hello.py\n",
        options
    );
    expect_log("too many open files are being sent already.*raise LimitNOFILE");
    allow_log("too many open files are being sent already");
    std::vector<Client> clients;
    for (int i = 0; i < 120; ++i) {
        clients.push_back(its.connect({.receive_buffer = 4096}));
        clients.back().get("/none");
        ASSERT_EQ(clients.back().read_response().status, 404);
    }
    const std::string target = "/file?path=" + std::string(tmp() / "large");
    std::vector<Client*> downloads;
    std::size_t refused = 0;
    for (Client& client : clients) {
        client.get(target);
        const int status = client.read_head().status;
        if (status == 200) {
            downloads.push_back(&client);
        } else {
            refused += status == 503 ? 1 : 0;
        }
    }
    EXPECT_GT(refused, 0U);
    EXPECT_EQ(downloads.size() + refused, clients.size());
    // A script that nobody has loaded yet, on a connection that nobody has made yet.
    EXPECT_EQ(its.get("/hello").status, 200);
    // Whoever has all of it leaves room for the next.
    ASSERT_FALSE(downloads.empty());
    EXPECT_EQ(downloads.front()->drain_body(), std::uint64_t{8} << 20U);
    Client next = its.connect();
    next.get(target);
    EXPECT_EQ(next.read_head().status, 200);
}

}  // namespace
}  // namespace test
