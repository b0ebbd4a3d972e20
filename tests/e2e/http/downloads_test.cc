// Downloads of static files: what they need of a disk and of descriptors is not what others need.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Downloads : public OnLane {
protected:
    static std::size_t threads_of(pid_t pid) {
        const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
        return static_cast<std::size_t>(std::distance(
            std::filesystem::directory_iterator(tasks), std::filesystem::directory_iterator()
        ));
    }
    // Of all processes of a server.
    static std::size_t threads_of(const Server& server) {
        std::size_t count = 0;
        for (const pid_t pid : server.workers()) {
            count += threads_of(pid);
        }
        return count;
    }
    // Whether the file has gone from memory: not on a file system that lives there.
    static bool forget_pages(const std::string& path) {
        const base::Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        ::fsync(file.get());
        ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
        char byte = 0;
        iovec place{.iov_base = &byte, .iov_len = 1};
        return ::preadv2(file.get(), &place, 1, 0, RWF_NOWAIT) < 0 && errno == EAGAIN;
    }
};
INSTANTIATE_TEST_SUITE_P(, Downloads, testing::ValuesIn(both_rings()), name_of);

TEST_P(Downloads, OfWhatIsNotInMemoryAreReadByAThread) {
    std::filesystem::create_directories(tmp() / "site");
    const std::string content(3 << 20, 'x');
    write_file(tmp() / "site/large", content + "end");
    Server& its = start("Alias /site ${tmp}/site\n");
    // The folder is known then, and no file has been read.
    ASSERT_EQ(its.get("/site/none").status, 404);
    const std::size_t threads = threads_of(its);
    if (!forget_pages(tmp() / "site/large")) {
        GTEST_SKIP() << "no file system on a disk here";
    }
    const Response response = its.get("/site/large");
    EXPECT_TRUE(response.is_complete);
    EXPECT_TRUE(response.body == content + "end");
    EXPECT_GT(threads_of(its), threads);
}

TEST_P(Downloads, LeaveDescriptorsToPythonAndToNewConnections) {
    std::filesystem::create_directories(tmp() / "site");
    write_file(tmp() / "site/large", std::string(8 << 20, 'x'));
    allow_log("too many open files");
    ServerOptions options;
    options.descriptor_limit = 256;
    Server& its = start(
        "ServerThreads 1\nAlias /site ${tmp}/site\nWSGIScriptAlias /hello ${apps}/hello.py\n",
        options
    );
    std::vector<Client> clients;
    for (int i = 0; i < 120; ++i) {
        clients.push_back(its.connect({.receive_buffer = 4096}));
        clients.back().get("/site/none");
        ASSERT_EQ(clients.back().read_response().status, 404);
    }
    int downloads = 0;
    int refused = 0;
    for (Client& client : clients) {
        client.get("/site/large");
        const int status = client.read_head().status;
        downloads += status == 200 ? 1 : 0;
        refused += status == 503 ? 1 : 0;
    }
    EXPECT_GT(refused, 0);
    EXPECT_EQ(downloads + refused, 120);
    // A script that nobody has loaded yet, on a connection that nobody has made yet.
    EXPECT_EQ(its.get("/hello").status, 200);
}

// What one client does not read is not taken from another of its host, and the log hears of it
// once.
TEST_P(Downloads, OfOneClientLeaveFilesToOthersOfItsHost) {
    std::filesystem::create_directories(tmp() / "site");
    write_file(tmp() / "site/large", std::string(8 << 20, 'x'));
    write_file(tmp() / "site/small", "small");
    const std::string complaint = "none is left for 127.0.0.1; raise LimitNOFILE";
    expect_log(complaint);
    ServerOptions options;
    options.descriptor_limit = 256;
    Server& its = start(
        "Listen 127.0.0.1:0\nListen [::1]:0\nServerThreads 1\nAlias /site ${tmp}/site\n", options
    );
    const bool is_first_v4 = !its.address(0).starts_with('[');
    std::vector<Client> crowd;
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        crowd.emplace_back(its.address(is_first_v4 ? 0 : 1), ClientOptions{.receive_buffer = 4096});
        crowd.back().get("/site/large");
        refused += crowd.back().read_head().status == 503 ? 1 : 0;
    }
    EXPECT_GT(refused, 20);
    Client other(its.address(is_first_v4 ? 1 : 0));
    other.get("/site/small");
    EXPECT_EQ(other.read_response().body, "small");
    const std::string said = log();
    const std::size_t first = said.find(complaint);
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(said.find(complaint, first + 1), std::string::npos);
}

// Connections that ask for nothing have descriptors, too: what counts is what is being sent.
TEST_P(Downloads, AreNotRefusedBecauseOfIdleConnections) {
    std::filesystem::create_directories(tmp() / "site");
    write_file(tmp() / "site/small", "small");
    ServerOptions options;
    options.descriptor_limit = 256;
    Server& its = start("ServerThreads 1\nAlias /site ${tmp}/site\n", options);
    std::vector<Client> idle;
    for (int i = 0; i < 160; ++i) {
        idle.push_back(its.connect());
        idle.back().get("/site/none");
        ASSERT_EQ(idle.back().read_response().status, 404);
    }
    EXPECT_EQ(its.get("/site/small").body, "small");
}

}  // namespace
}  // namespace test
