// Connections of a server that stops, with a transport, a clock and an application that are the
// test's: for whom it waits, and for how long.
#include <string>

#include "tests/unit/server/client/connections_under_test.h"

namespace test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kRequest = "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kHalfAHead = "GET /app HTTP/1.1\r\nHo";
constexpr auto kBeforeTheLook = milliseconds(4900);
constexpr auto kOverTheLook = milliseconds(200);

std::string upload(const std::string& target, std::size_t size) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n";
}

class ConnectionDrain : public testing::Test {
protected:
    int client_with(const std::string& bytes) {
        const int client = all_.connect();
        send(client, bytes);
        return client;
    }
    void send(int client, const std::string& bytes) {
        all_.send(client, bytes);
        all_.settle();
    }
    bool got(int client, std::string_view text) {
        return all_.got(client).find(text) != std::string::npos;
    }
    // It does not read.
    int client_that_takes_nothing(const std::string& bytes) {
        const int client = all_.connect();
        all_.peer(client).takes_bytes = false;
        all_.ring().hold_sends(client);
        send(client, bytes);
        return client;
    }

    ConnectionsUnderTest all_{
        std::make_unique<ScriptedRing>(),
        "Timeout 600\nKeepAliveTimeout 5\nRequestReadTimeout header=600 body=600\n"};
};

TEST_F(ConnectionDrain, AnswersAHeadThatComesALittleLate) {
    const int client = client_with(kHalfAHead);
    all_.drain();
    all_.pass(kBeforeTheLook);
    send(client, "st: a\r\n\r\n");
    all_.pass(kOverTheLook);
    ConnectionsUnderTest::answer(*all_.asked().at(0), "late");
    all_.settle();
    EXPECT_TRUE(got(client, "Connection: close\r\n"));
    EXPECT_TRUE(all_.got(client).ends_with("late"));
}

TEST_F(ConnectionDrain, GivesHalfAHeadAFewSecondsAnd408) {
    const int client = client_with(kHalfAHead);
    all_.pass(seconds(100));
    all_.drain();
    all_.pass(kBeforeTheLook);
    EXPECT_EQ(all_.got(client), "");
    all_.pass(kOverTheLook);
    EXPECT_TRUE(got(client, "HTTP/1.1 408 "));
    all_.pass(milliseconds(2100));
    EXPECT_TRUE(all_.is_gone(client));
    EXPECT_EQ(all_.in_use(), 0U);
}

// So that nobody holds up a stop with a byte now and then.
TEST_F(ConnectionDrain, GivesNoMoreForAByteNowAndThen) {
    const int client = client_with(kHalfAHead);
    all_.drain();
    for (int i = 0; i < 5; ++i) {
        send(client, "x");
        all_.pass(seconds(1));
    }
    all_.pass(kOverTheLook);
    EXPECT_TRUE(got(client, "HTTP/1.1 408 "));
}

// It had been accepted before anybody could say that the server stops.
TEST_F(ConnectionDrain, GivesTheSameToAClientThatComesWhileItBegins) {
    all_.drain();
    const int silent = all_.connect();
    const int asking = client_with(kHalfAHead);
    all_.pass(kBeforeTheLook);
    EXPECT_FALSE(all_.is_gone(silent));
    all_.pass(kOverTheLook);
    EXPECT_TRUE(all_.is_gone(silent));
    EXPECT_EQ(all_.got(silent), "");
    EXPECT_TRUE(got(asking, "HTTP/1.1 408 "));
}

TEST_F(ConnectionDrain, TellsAClientThatItsBodyDoesNotCome) {
    const int client = client_with(upload("/app", 10) + "01234");
    all_.drain();
    all_.pass(kBeforeTheLook + kOverTheLook);
    EXPECT_TRUE(got(client, "HTTP/1.1 408 "));
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(ConnectionDrain, TakesABodyThatComesWell) {
    const int client = client_with(upload("/app", 20'000));
    all_.drain();
    for (int i = 0; i < 20; ++i) {
        send(client, std::string(1000, 'b'));
        all_.pass(seconds(1));
    }
    ConnectionsUnderTest::answer(*all_.asked().at(0), "well");
    all_.settle();
    EXPECT_TRUE(all_.got(client).ends_with("well"));
}

// Neither one that computes nor one that waits for its client: that they end is for whoever set
// the time for the stop.
TEST_F(ConnectionDrain, NeverCutsAnApplicationThatRuns) {
    const int computes = client_with(kRequest);
    const int reads = client_with(upload("/app/early", 10) + "01234");
    const int writes = client_that_takes_nothing(kRequest);
    auto& writer = *all_.asked().at(2);
    writer.application->begin(std::nullopt);
    writer.application->say("piece");
    ConnectionsUnderTest::tell(writer);
    all_.settle();
    all_.drain();
    for (int i = 0; i < 30; ++i) {
        all_.pass(seconds(1));
    }
    EXPECT_EQ(all_.asked().size(), 3U);
    for (const int client : {computes, reads, writes}) {
        EXPECT_FALSE(all_.is_gone(client));
    }
    for (const auto& asked : all_.asked()) {
        EXPECT_FALSE(asked->application->is_abandoned);
        EXPECT_EQ(asked->application->failure, "");
    }
}

TEST_F(ConnectionDrain, LeavesAClientThatDoesNotReadWhatHasBeenSaid) {
    const int application = client_that_takes_nothing(kRequest);
    const int page = client_that_takes_nothing("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto& asked = *all_.asked().at(0);
    asked.application->begin(std::nullopt);
    asked.application->say("begins");
    ConnectionsUnderTest::tell(asked);
    asked.application->end();
    ConnectionsUnderTest::tell(asked);
    all_.drain();
    all_.pass(kBeforeTheLook);
    EXPECT_FALSE(all_.is_gone(application));
    EXPECT_FALSE(all_.is_gone(page));
    all_.pass(kOverTheLook);
    EXPECT_TRUE(all_.is_gone(application));
    EXPECT_TRUE(all_.is_gone(page));
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(ConnectionDrain, SendsOnToAClientThatReadsWell) {
    const int client = client_that_takes_nothing("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    all_.drain();
    for (int i = 0; i < 30; ++i) {
        all_.peer(client).acknowledged += 1000;
        all_.pass(seconds(1));
    }
    EXPECT_FALSE(all_.is_gone(client));
    all_.ring().resume_sends(client);
    all_.settle();
    EXPECT_TRUE(got(client, "HTTP/1.1 404 "));
}

// From the application's last word on.
TEST_F(ConnectionDrain, GivesEachClientItsTimeForTheAnswer) {
    const int client = client_that_takes_nothing(kRequest);
    all_.drain();
    all_.pass(kBeforeTheLook);
    ConnectionsUnderTest::answer(*all_.asked().at(0), "x");
    all_.pass(seconds(5));
    EXPECT_FALSE(all_.is_gone(client));
    all_.pass(seconds(5));
    EXPECT_TRUE(all_.is_gone(client));
}

}  // namespace
}  // namespace test
