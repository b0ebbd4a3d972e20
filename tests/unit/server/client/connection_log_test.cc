// What the access log is told of the requests of a connection.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/client/connections_under_test.h"

namespace test {
namespace {

using server::AfterAnswer;

const std::string kGet = "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionLog : public testing::Test {
protected:
    int client_with(const std::string& bytes) {
        const int client = all_.connect();
        all_.send(client, bytes);
        all_.settle();
        return client;
    }

    ConnectionsUnderTest all_;
};

// Whoever reads the log wants to know who has caused it.
TEST_F(ConnectionLog, LogsARequestWhoseClientHasGoneBeforeItsAnswer) {
    const int client = client_with(kGet);
    EXPECT_EQ(all_.asked().size(), 1U);
    all_.reset(client);
    all_.settle();
    const std::vector<std::pair<int, AfterAnswer>> logged = {{0, AfterAnswer::kBroke}};
    EXPECT_EQ(all_.logged, logged);
}

TEST_F(ConnectionLog, LogsNothingOfHalfAHeadWhoseClientHasGone) {
    const int client = client_with("GET /app HTTP/1.1\r\nHo");
    all_.reset(client);
    all_.settle();
    EXPECT_TRUE(all_.logged.empty());
}

// %k. The last one's head was good, and its body is not.
TEST_F(ConnectionLog, LogsHowManyRequestsOfItsConnectionCameBeforeEach) {
    const std::string page = "GET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    const int client = client_with(
        page + page +
        "POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n"
    );
    EXPECT_TRUE(all_.got(client).find("HTTP/1.1 400 ") != std::string::npos);
    EXPECT_EQ(all_.logged_before, (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace test
