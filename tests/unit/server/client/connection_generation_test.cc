// A newer configuration comes while connections are open: which of them hold on to the older one,
// and for how long.
#include "tests/unit/server/client/connections_under_test.h"

namespace test {
namespace {

constexpr const char* kOlder = "KeepAlive On\nKeepAliveTimeout 5\nTimeout 60\n";
constexpr const char* kNewer = "KeepAlive Off\nTimeout 60\nLimitRequestLine 256\n";
constexpr const char* kWholeRequest = "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";
// Longer than kNewer allows.
const std::string kLong = "GET /app" + std::string(300, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionGeneration : public testing::Test {
protected:
    // The one request that is asked for is answered, with as many bytes as `body` has.
    void answer(std::string_view body = "hello") {
        ASSERT_EQ(connections_.asked().size(), 1U);
        ConnectionsUnderTest::answer(*connections_.asked().front(), body);
        connections_.settle();
    }

    ConnectionsUnderTest connections_{std::make_unique<ScriptedRing>(), kOlder};
};

TEST_F(ConnectionGeneration, IsNotHeldByAConnectionWithoutARequest) {
    connections_.connect();
    const int client = connections_.connect();
    connections_.send(client, kWholeRequest);
    connections_.settle();
    answer();
    connections_.adopt(kNewer);
    EXPECT_FALSE(connections_.is_held(0));
    connections_.send(client, kWholeRequest);
    connections_.settle();
    answer();
    EXPECT_NE(connections_.got(client).find("Connection: close"), std::string::npos);
}

TEST_F(ConnectionGeneration, IsHeldFromTheFirstByteOfARequestToTheLastOfItsAnswer) {
    const int client = connections_.connect();
    connections_.send(client, kLong.substr(0, 5));
    connections_.settle();
    connections_.adopt(kNewer);
    EXPECT_TRUE(connections_.is_held(0));
    connections_.send(client, kLong.substr(5));
    connections_.settle();
    answer();
    EXPECT_TRUE(connections_.got(client).starts_with("HTTP/1.1 200 OK"));
    EXPECT_EQ(connections_.got(client).find("Connection: close"), std::string::npos);
    EXPECT_FALSE(connections_.is_held(0));
    connections_.send(client, kLong);
    connections_.settle();
    EXPECT_NE(connections_.got(client).find("HTTP/1.1 414 "), std::string::npos);
}

TEST_F(ConnectionGeneration, IsNotHeldByWhatIsPipelinedBehindARequest) {
    const int client = connections_.connect();
    connections_.send(client, kWholeRequest + kLong);
    connections_.settle();
    connections_.adopt(kNewer);
    EXPECT_TRUE(connections_.is_held(0));
    answer();
    EXPECT_FALSE(connections_.is_held(0));
    EXPECT_NE(connections_.got(client).find("HTTP/1.1 414 "), std::string::npos);
}

TEST_F(ConnectionGeneration, IsHeldByAPageThatStandsForARequestsAnswer) {
    const int client = connections_.connect();
    connections_.send(
        client, "POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    connections_.settle();
    connections_.adopt(kNewer);
    connections_.ring().hold_sends(client);
    connections_.send(client, "no chunk");
    connections_.settle();
    EXPECT_TRUE(connections_.is_held(0));
    connections_.ring().resume_sends(client);
    connections_.settle();
    EXPECT_NE(connections_.got(client).find("HTTP/1.1 400 "), std::string::npos);
    EXPECT_FALSE(connections_.is_held(0)) << "it lingers, which is no request";
}

TEST_F(ConnectionGeneration, IsLetGoByAConnectionThatIsReset) {
    const int client = connections_.connect();
    connections_.send(client, kWholeRequest);
    connections_.settle();
    connections_.adopt(kNewer);
    EXPECT_TRUE(connections_.is_held(0));
    connections_.reset(client);
    connections_.settle();
    EXPECT_FALSE(connections_.is_held(0));
}

}  // namespace
}  // namespace test
