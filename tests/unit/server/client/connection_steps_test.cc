// A Connection, step by step, with a transport, a clock and an application that are the test's: who
// goes when, who is slow, who answers early, late or never.
#include <fmt/format.h>

#include <array>
#include <functional>
#include <random>

#include "tests/support/test_text.h"
#include "tests/unit/server/client/connections_under_test.h"

namespace test {
namespace {

using server::AfterAnswer;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kPlainGet = "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kPage = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post_of(const std::string& target, std::size_t size, const std::string& body) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n" + body;
}

class ConnectionSteps : public testing::Test {
protected:
    int client_with(const std::string& bytes) {
        const int client = all_.connect();
        all_.send(client, bytes);
        all_.settle();
        return client;
    }
    // All that it has got, and nothing of it again.
    std::string take(int client) { return all_.ring().take_sent(client); }
    bool got(int client, std::string_view text) {
        return all_.got(client).find(text) != std::string::npos;
    }

    ConnectionsUnderTest all_;
};

TEST_F(ConnectionSteps, AnswersOneRequestAfterTheOther) {
    const int client = client_with(kPlainGet + kPlainGet);
    ASSERT_EQ(all_.asked().size(), 1U) << "one at a time";
    ConnectionsUnderTest::answer(*all_.asked()[0], "first");
    all_.settle();
    EXPECT_TRUE(take(client).ends_with("\r\n\r\nfirst"));
    ConnectionsUnderTest::answer(*all_.asked().at(0), "second");
    all_.settle();
    EXPECT_TRUE(take(client).ends_with("\r\n\r\nsecond"));
    EXPECT_EQ(all_.in_use(), 0U);
    EXPECT_FALSE(all_.is_gone(client));
    const std::vector<std::pair<int, AfterAnswer>> logged(2, {200, AfterAnswer::kLivesOn});
    EXPECT_EQ(all_.logged, logged);
}

TEST_F(ConnectionSteps, SendsAFileBehindItsHead) {
    const int client = client_with("GET /file HTTP/1.1\r\nHost: a\r\n\r\n" + kPlainGet);
    const std::string all = take(client);
    const std::size_t head = all.find("\r\n\r\n") + 4;
    EXPECT_TRUE(all.substr(0, head).find("Content-Length: 100000\r\n") != all.npos);
    EXPECT_EQ(all.substr(head), std::string(ConnectionsUnderTest::kFile, '\0'));
    EXPECT_EQ(all_.asked().size(), 1U);
}

TEST_F(ConnectionSteps, CutsOffAFileThatHasBecomeShorter) {
    const int client = all_.connect();
    all_.ring().answer(ScriptedRing::Kind::kSendFile, client, 0);
    all_.send(client, "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    all_.settle();
    EXPECT_TRUE(all_.is_gone(client));
    EXPECT_EQ(all_.logged.back().second, AfterAnswer::kBroke);
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(ConnectionSteps, AsksForABodyOnlyWhenTheApplicationWantsIt) {
    const int client = client_with(
        "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    all_.pass(seconds(50));
    EXPECT_EQ(take(client), "") << "and no clock runs";
    auto& asked = *all_.asked().at(0);
    asked.application->wish_continue();
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    EXPECT_EQ(take(client), "HTTP/1.1 100 Continue\r\n\r\n");
    all_.send(client, "hello");
    all_.settle();
    EXPECT_EQ(asked.application->body, "hello");
    EXPECT_TRUE(asked.application->has_body_ended);
    ConnectionsUnderTest::answer(asked, "x");
    all_.settle();
    EXPECT_TRUE(got(client, "200 OK"));
    EXPECT_FALSE(all_.is_gone(client));
}

// The answer has begun: nobody says "100 Continue" within it. But somebody waits for the body.
TEST_F(ConnectionSteps, LetsTheClockRunForABodyThatIsWantedBehindTheAnswersBeginning) {
    const int client = client_with(
        "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    auto& asked = *all_.asked().at(0);
    asked.application->begin(std::nullopt);
    asked.application->say("early");
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    EXPECT_TRUE(got(client, "early"));
    all_.pass(seconds(50));
    EXPECT_EQ(asked.application->failure, "") << "nobody waits for the client yet";
    asked.application->wish_continue();
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    EXPECT_FALSE(got(client, "100 Continue"));
    all_.pass(seconds(50));
    EXPECT_NE(asked.application->failure, "");
}

// The page for a bad body has to wait for what is already on its way.
TEST_F(ConnectionSteps, TellsABadBodyBehind100Continue) {
    const int client = client_with(
        "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n"
        "\r\n"
    );
    all_.ring().hold_sends(client);
    auto& asked = *all_.asked().at(0);
    asked.application->wish_continue();
    ConnectionsUnderTest::tell(asked);
    all_.send(client, "none\r\n");
    all_.settle();
    EXPECT_EQ(take(client), "");
    all_.ring().resume_sends(client);
    all_.settle();
    EXPECT_TRUE(got(client, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(asked.application->is_abandoned);
    EXPECT_EQ(all_.in_use(), 0U);
}

// The answer comes before the body: the rest is dropped, and the next request begins behind it.
TEST_F(ConnectionSteps, SkipsABodyThatNobodyHasRead) {
    const int client = client_with(post_of("/app/early", 10, "01234"));
    ConnectionsUnderTest::answer(*all_.asked().at(0), "early");
    all_.settle();
    EXPECT_TRUE(take(client).ends_with("early"));
    all_.send(client, "56789" + kPlainGet);
    all_.settle();
    ConnectionsUnderTest::answer(*all_.asked().at(0), "next");
    all_.settle();
    EXPECT_TRUE(take(client).ends_with("next"));
}

// Behind an answer that closes nothing is looked at, and the client has time to see it.
TEST_F(ConnectionSteps, LingersAfterTheLastAnswer) {
    const int client =
        client_with("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + kPlainGet);
    EXPECT_TRUE(got(client, "Connection: close\r\n"));
    EXPECT_TRUE(all_.peer(client).has_ended);
    EXPECT_FALSE(all_.is_gone(client));
    EXPECT_EQ(all_.asked().size(), 0U);
    for (int i = 0; i < 3; ++i) {
        all_.pass(milliseconds(1900));
        EXPECT_FALSE(all_.is_gone(client)) << "it still sends";
        all_.send(client, "more");
        all_.settle();
    }
    all_.pass(milliseconds(2100));
    EXPECT_TRUE(all_.is_gone(client));
}

TEST_F(ConnectionSteps, DoesNotLingerForEver) {
    const int client = client_with("GET / HTTP/1.0\r\n\r\n");
    for (int i = 0; i < 61; ++i) {
        all_.send(client, "x");
        all_.pass(seconds(1));
    }
    all_.pass(seconds(1));
    EXPECT_TRUE(all_.is_gone(client));
}

// --- Ends of stream

TEST_F(ConnectionSteps, AnswersAClientThatSaysNothingMore) {
    const int client = client_with(kPlainGet + kPlainGet);
    all_.end_stream(client);
    all_.settle();
    ConnectionsUnderTest::answer(*all_.asked().at(0), "first");
    all_.settle();
    ConnectionsUnderTest::answer(*all_.asked().at(0), "second");
    all_.settle();
    EXPECT_TRUE(got(client, "first"));
    EXPECT_TRUE(got(client, "Connection: close\r\n"));
    EXPECT_TRUE(all_.got(client).ends_with("second"));
    EXPECT_TRUE(all_.is_gone(client));
}

// A body that is read out of what waits is no reason to receive more: each of these requests would
// otherwise bring all that the socket holds.
TEST_F(ConnectionSteps, ReceivesNothingWhileEnoughRequestsWithBodiesWait) {
    const int client = client_with(repeat(post_of("/app", 10, "0123456789"), 4000));
    const auto receives = [&] {
        return all_.ring().is_asked(ScriptedRing::Kind::kReceive, client);
    };
    ASSERT_FALSE(receives()) << "64 KiB and what had come with them";
    for (int answered = 0; answered < 200;) {
        const auto asked = all_.asked();
        if (!asked.empty()) {
            EXPECT_EQ(asked[0]->application->body, "0123456789");
            ConnectionsUnderTest::answer(*asked[0], "taken");
            ++answered;
        }
        all_.turn();
        ASSERT_FALSE(receives()) << "after " << answered << " answers";
    }
}

// Not only when the body has been awaited for as long as a slow one would be.
TEST_F(ConnectionSteps, TellsAClientAtOnceThatItsPipelinedBodyIsNotWhole) {
    const int client = client_with(kPlainGet + post_of("/app", 10, "01234"));
    all_.end_stream(client);
    all_.settle();
    ConnectionsUnderTest::answer(*all_.asked().at(0), "first");
    all_.settle();
    EXPECT_TRUE(got(client, "first"));
    EXPECT_TRUE(got(client, "HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(all_.is_gone(client));
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(ConnectionSteps, TellsAnApplicationThatItsBodyIsNotWhole) {
    const int client = client_with(post_of("/app/early", 10, "01234"));
    all_.end_stream(client);
    all_.settle();
    auto& asked = *all_.asked().at(0);
    EXPECT_EQ(asked.application->body, "01234");
    EXPECT_NE(asked.application->failure, "");
    ConnectionsUnderTest::answer(asked, "all the same");
    all_.settle();
    EXPECT_TRUE(all_.got(client).ends_with("all the same"));
    EXPECT_TRUE(all_.is_gone(client));
}

TEST_F(ConnectionSteps, EndsWithinAHeadAre400) {
    const int client = client_with("GET /app HTTP/1.1\r\nHo");
    all_.end_stream(client);
    all_.settle();
    EXPECT_TRUE(got(client, "HTTP/1.1 400 "));
    EXPECT_TRUE(all_.is_gone(client));
}

// --- Time

TEST_F(ConnectionSteps, ClosesAnIdleConnection) {
    const int silent = all_.connect();
    const int idle = client_with(kPage);
    all_.pass(milliseconds(4900));
    EXPECT_FALSE(all_.is_gone(idle));
    all_.pass(milliseconds(200));
    EXPECT_TRUE(all_.is_gone(idle));
    EXPECT_FALSE(all_.is_gone(silent)) << "its head has more time";
    all_.pass(seconds(16));
    EXPECT_TRUE(all_.is_gone(silent));
    EXPECT_EQ(all_.got(silent), "");
}

TEST_F(ConnectionSteps, IsA408ForASlowHead) {
    const int client = client_with("GET /app HT");
    for (int i = 0; i < 19; ++i) {
        all_.pass(seconds(1));
        all_.send(client, "T");
    }
    EXPECT_FALSE(got(client, "408"));
    all_.pass(milliseconds(1100));
    EXPECT_TRUE(got(client, "HTTP/1.1 408 "));
    all_.pass(milliseconds(2100));
    EXPECT_TRUE(all_.is_gone(client)) << "it has had its time";
}

TEST_F(ConnectionSteps, IsA408ForASlowBodyThatNobodyHas) {
    const int client = client_with(post_of("/app", 10, "01234"));
    all_.pass(seconds(21));
    EXPECT_TRUE(got(client, "HTTP/1.1 408 "));
}

TEST_F(ConnectionSteps, TellsAnApplicationOfASlowBody) {
    client_with(post_of("/app/early", 10, "01234"));
    all_.pass(seconds(21));
    EXPECT_EQ(all_.asked().at(0)->application->failure, "The timeout specified has expired");
}

// While nobody reads, it is not the client who is slow.
TEST_F(ConnectionSteps, LetsTheClockStandStillWhileItDoesNotRead) {
    const int client = client_with(post_of("/app/early", 10, ""));
    auto& application = *all_.asked().at(0)->application;
    application.has_room_for_body = false;
    all_.send(client, "01234");
    all_.settle();
    EXPECT_FALSE(all_.ring().is_asked(ScriptedRing::Kind::kReceive, client));
    all_.pass(seconds(100));
    EXPECT_EQ(application.failure, "");
    application.has_room_for_body = true;
    ConnectionsUnderTest::tell(*all_.asked().at(0));
    all_.pass(seconds(19));
    EXPECT_EQ(application.failure, "");
    all_.send(client, "56789");
    all_.settle();
    EXPECT_TRUE(application.has_body_ended);
    EXPECT_EQ(application.failure, "");
}

TEST_F(ConnectionSteps, SeesAResetWhileItDoesNotRead) {
    const int client = client_with(post_of("/app/early", 10, ""));
    auto& application = *all_.asked().at(0)->application;
    application.has_room_for_body = false;
    all_.send(client, "01234");
    all_.settle();
    all_.ring().answer(ScriptedRing::Kind::kPoll, client, POLLERR | POLLHUP);
    all_.settle();
    EXPECT_TRUE(all_.is_gone(client));
    EXPECT_TRUE(application.is_abandoned);
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(ConnectionSteps, WaitsForAnApplicationForAsLongAsItTakes) {
    const int client = client_with(kPlainGet);
    all_.pass(seconds(100'000));
    ConnectionsUnderTest::answer(*all_.asked().at(0), "late");
    all_.settle();
    EXPECT_TRUE(all_.got(client).ends_with("late"));
    EXPECT_FALSE(all_.is_gone(client));
}

TEST_F(ConnectionSteps, GivesUpAClientThatTakesNothing) {
    for (const bool takes_some : {true, false}) {
        const int client = all_.connect();
        all_.ring().hold_sends(client);
        all_.peer(client).takes_bytes = takes_some;
        all_.send(client, kPage);
        all_.settle();
        for (int i = 0; i < 12; ++i) {
            all_.pass(seconds(10));
        }
        EXPECT_EQ(all_.is_gone(client), !takes_some);
    }
    EXPECT_EQ(all_.logged.back().second, AfterAnswer::kBroke);
}

// --- Who goes when

// A client at each of the steps of a request; what it does then leaves nothing behind.
TEST_F(ConnectionSteps, LeaveNothingBehindWhoeverGoesWhen) {
    const auto steps = std::to_array<std::function<void(int)>>({
        [&](int) {},
        [&](int client) { all_.send(client, "POST /app/early HTTP/1.1\r\nHost: a\r\n"); },
        [&](int client) { all_.send(client, "Content-Length: 10\r\n\r\n"); },
        [&](int client) { all_.send(client, "01234"); },
        [&](int) {
            all_.asked().at(0)->application->begin(10);
            ConnectionsUnderTest::tell(*all_.asked().at(0));
        },
        [&](int) {
            all_.asked().at(0)->application->say("hello");
            ConnectionsUnderTest::tell(*all_.asked().at(0));
        },
        [&](int client) { all_.send(client, "56789" + kPlainGet + kPage + "GE"); },
        [&](int client) {
            all_.ring().hold_sends(client);
            auto& asked = *all_.asked().at(0);
            asked.application->say("world");
            asked.application->end();
            ConnectionsUnderTest::tell(asked);
        },
        [&](int client) { all_.ring().resume_sends(client); },
        [&](int) { ConnectionsUnderTest::answer(*all_.asked().at(0), "x"); },
    });
    for (std::size_t last = 0; last < steps.size(); ++last) {
        for (const int how : {0, 1, 2}) {
            SCOPED_TRACE(testing::Message() << "step " << last << ", way " << how);
            const int client = all_.connect();
            for (std::size_t i = 0; i <= last; ++i) {
                steps[i](client);
                all_.settle();
            }
            if (how == 0) {
                all_.reset(client);
            } else {
                all_.end_stream(client);
            }
            if (how == 1) {
                all_.settle();
                all_.reset(client);
            }
            all_.ring().resume_sends(client);
            all_.settle();
            // Whoever still answers does so, and whoever is waited for has no more time.
            while (!all_.asked().empty()) {
                auto& asked = *all_.asked().at(0);
                if (!asked.application->has_begun()) {
                    asked.application->begin(std::nullopt);
                }
                asked.application->end();
                ConnectionsUnderTest::tell(asked);
                all_.settle();
            }
            all_.pass(seconds(100));
            all_.pass(seconds(100));
            EXPECT_TRUE(all_.is_gone(client));
            EXPECT_EQ(all_.in_use(), 0U);
        }
    }
}

TEST_F(ConnectionSteps, BreakOffWhatCannotBeCompleted) {
    const int client = client_with(kPlainGet);
    auto& asked = *all_.asked().at(0);
    asked.application->begin(10);
    asked.application->say("hello");
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    asked.application->fail(500);
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    EXPECT_TRUE(all_.got(client).ends_with("hello"));
    EXPECT_TRUE(all_.is_gone(client));
    EXPECT_EQ(all_.logged.back().second, AfterAnswer::kBroke);
}

TEST_F(ConnectionSteps, AnswersForAnApplicationThatHasFailed) {
    const int client = client_with(kPlainGet + kPlainGet);
    auto& asked = *all_.asked().at(0);
    asked.application->fail(503);
    ConnectionsUnderTest::tell(asked);
    all_.settle();
    EXPECT_TRUE(got(client, "HTTP/1.1 503 "));
    EXPECT_EQ(all_.asked().size(), 1U) << "the next one is asked";
}

// What is found out about a client that is just being let go does not bring it back.
TEST_F(ConnectionSteps, HearsNothingWhileItCloses) {
    for (const char* target : {"/name", "/name/page"}) {
        const int client = client_with(fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", target));
        all_.close_all();
        EXPECT_FALSE(all_.is_gone(client)) << "something is still in flight";
        all_.find_out();
        all_.settle();
        EXPECT_TRUE(all_.is_gone(client));
        EXPECT_EQ(all_.got(client), "");
        EXPECT_EQ(all_.in_use(), 0U);
    }
}

TEST_F(ConnectionSteps, DrainsAfterTheAnswerThatIsWaitedFor) {
    const int idle = client_with(kPage);
    const int asking = client_with(kPlainGet + kPlainGet);
    const int lingering = client_with("GET / HTTP/1.0\r\n\r\n");
    all_.drain();
    all_.settle();
    EXPECT_TRUE(all_.is_gone(idle));
    EXPECT_FALSE(all_.is_gone(asking));
    ConnectionsUnderTest::answer(*all_.asked().at(0), "last");
    all_.settle();
    EXPECT_TRUE(got(asking, "Connection: close\r\n"));
    EXPECT_TRUE(all_.got(asking).ends_with("last"));
    EXPECT_EQ(all_.asked().size(), 0U);
    all_.pass(milliseconds(2100));
    EXPECT_TRUE(all_.is_gone(asking));
    EXPECT_TRUE(all_.is_gone(lingering));
}

// --- Any order

class ConnectionSeeds : public testing::TestWithParam<std::uint32_t> {
protected:
    [[nodiscard]] std::size_t any(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
    }
    std::string any_requests() {
        const std::string requests[] = {
            kPlainGet,
            kPage,
            "GET /file HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /name HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /name/page HTTP/1.1\r\nHost: a\r\n\r\n",
            "HEAD /app HTTP/1.1\r\nHost: a\r\n\r\n",
            post_of("/app", 5, "hello"),
            post_of("/app/early", 5, "hello"),
            post_of("/", 300, std::string(300, 'b')),
            post_of("/app/early", 3000, std::string(3000, 'b')),
            "POST /app HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            "POST /app/early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n",
            "POST /app HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
            "\r\nGET",
        };
        std::string all;
        for (std::size_t i = any(6); i > 0; --i) {
            all += requests[any(std::size(requests))];
        }
        return all;
    }
    void say_something() {
        const auto asked = all_.asked();
        if (asked.empty()) {
            return;
        }
        auto& one = *asked[any(asked.size())];
        ScriptedApplication& application = *one.application;
        application.has_room_for_body = any(4) != 0;
        switch (any(6)) {
            case 0:
                application.wish_continue();
                break;
            case 1:
                application.fail(500);
                break;
            case 2:
                if (!application.has_begun()) {
                    application.begin(
                        any(2) == 0 ? std::optional<std::uint64_t>(5000) : std::nullopt
                    );
                }
                application.say(std::string(any(4000), 'x'));
                break;
            default:
                if (!application.has_begun()) {
                    application.begin(std::nullopt);
                }
                application.end();
        }
        ConnectionsUnderTest::tell(one);
    }
    void step() {
        const std::size_t at = any(clients_.size());
        auto& [client, rest] = clients_[at];
        switch (any(14)) {
            case 0:
                all_.reset(client);
                clients_[at] = {all_.connect(), any_requests()};
                break;
            case 1:
                all_.end_stream(client);
                rest.clear();
                break;
            case 2:
                any(2) == 0 ? all_.ring().hold_sends(client) : all_.ring().resume_sends(client);
                break;
            case 3:
                all_.pass(milliseconds(any(any(8) == 0 ? 70'000 : 500)));
                break;
            case 4:
                all_.find_out();
                break;
            case 5:
            case 6:
            case 7:
                say_something();
                break;
            case 8:
            case 9:
                all_.turn();
                break;
            default: {
                const std::size_t count = std::min(rest.size(), 1 + any(200));
                all_.send(client, rest.substr(0, count));
                rest.erase(0, count);
            }
        }
    }

    std::mt19937 random_{GetParam()};
    ConnectionsUnderTest all_{std::make_unique<ScriptedRing>(
        GetParam() % 2 == 0 ? ScriptedRing::Sizes::kShort : ScriptedRing::Sizes::kWhole,
        GetParam() % 3 == 0 ? ScriptedRing::Order::kAsAsked : ScriptedRing::Order::kShuffled,
        GetParam()
    )};
    std::vector<std::pair<int, std::string>> clients_;
};
INSTANTIATE_TEST_SUITE_P(, ConnectionSeeds, testing::Range(1U, 101U));

TEST_P(ConnectionSeeds, LeaveNothingBehind) {
    for (int i = 0; i < 3; ++i) {
        clients_.emplace_back(all_.connect(), any_requests());
    }
    for (int i = 0; i < 500; ++i) {
        step();
    }
    for (const auto& [client, rest] : clients_) {
        all_.reset(client);
        all_.ring().resume_sends(client);
    }
    all_.settle();
    all_.find_out();
    all_.settle();
    while (!all_.asked().empty()) {
        auto& one = *all_.asked()[0];
        one.application->fail(500);
        ConnectionsUnderTest::tell(one);
        all_.settle();
    }
    all_.pass(seconds(100));
    all_.pass(seconds(100));
    EXPECT_EQ(all_.in_use(), 0U);
    for (const auto& [client, rest] : clients_) {
        EXPECT_TRUE(all_.is_gone(client));
    }
    // And whoever comes next is served.
    const int next = all_.connect();
    all_.send(next, kPage);
    all_.settle();
    all_.settle();
    EXPECT_TRUE(all_.got(next).starts_with("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace test
