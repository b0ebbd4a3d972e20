// What other threads say of requests, at the right time and at wrong ones.
#include "core/server/loops/news.h"

#include <gtest/gtest.h>

#include "tests/unit/server/dispatch/dispatcher_under_test.h"

namespace test {
namespace {

using Client = DispatcherUnderTest::Client;
using Phase = server::Exchange::Phase;
using server::Ticket;

#define APPS HOOPSNAKE_SOURCE_DIR "/tests/apps"

constexpr const char* kText =
    "WSGIDaemonProcess g\n"
    "WSGIScriptAlias /daemon " APPS
    "/hello.py process-group=g application-group=a\n"
    "<Location /asked>\nWSGIDispatchScript " APPS
    "/dispatches.py\n</Location>\n"
    "<Location /named>\nRequire host nowhere.example\n</Location>\n"
    "WSGIScriptAlias / " APPS "/hello.py application-group=a\n";

class News : public testing::Test {
protected:
    // As a pool thread says that there is some.
    void push(Ticket ticket) { loop_.news().inbox().push(ticket); }
    static void answer(interp::Task& task) {
        task.response.clear();
        task.response.status = 200;
        task.response.reason = "OK";
        task.response.content_length = 5;
        static_cast<void>(task.respond("hello", true));
        task.finish();
    }

    DispatcherUnderTest loop_{kText};
};

TEST_F(News, OfNobodyIsDropped) {
    Client client(loop_, "/", false);
    const Ticket its = client.exchange->ticket;
    push({});
    push({its.slot, 0});
    push({its.slot, its.incarnation + 1});
    push({its.slot + 1000, its.incarnation});
    loop_.turn();
    EXPECT_EQ(client.phase(), Phase::kEmbedded);
    EXPECT_EQ(client.status, 0);
}

TEST_F(News, OfARequestThatHasSaidNothingChangesNothing) {
    Client embedded(loop_, "/", false);
    Client asked(loop_, "/asked", false);
    Client daemon(loop_, "/daemon", false);
    push(embedded.exchange->ticket);
    push(asked.exchange->ticket);
    push(daemon.exchange->ticket);
    loop_.turn();
    EXPECT_EQ(embedded.phase(), Phase::kEmbedded);
    EXPECT_EQ(asked.phase(), Phase::kScriptAsked);
    EXPECT_EQ(daemon.phase(), Phase::kLinkAwaited);
    EXPECT_EQ(embedded.status + asked.status + daemon.status, 0);
}

TEST_F(News, ThatIsToldTwiceIsHeardOnce) {
    Client client(loop_, "/", false);
    answer(loop_.pool().take());
    push(client.exchange->ticket);
    loop_.turn();
    push(client.exchange->ticket);
    loop_.turn();
    EXPECT_EQ(client.bytes, "hello");
}

TEST_F(News, OfTwoRequestsReachesEachInWhateverOrderTheyEnd) {
    Client first(loop_, "/", false);
    Client second(loop_, "/", false);
    interp::Task& task_of_first = loop_.pool().take();
    answer(loop_.pool().take());
    loop_.turn();
    EXPECT_EQ(first.bytes, "");
    EXPECT_EQ(second.bytes, "hello");
    answer(task_of_first);
    loop_.turn();
    EXPECT_EQ(first.bytes, "hello");
}

// The client goes between the thread's last word and the end of the turn in which that is heard.
TEST_F(News, OfAClientThatHasJustGoneReachesNobody) {
    Client client(loop_, "/", false);
    const Ticket old = client.exchange->ticket;
    answer(loop_.pool().take());
    client.leave();
    Client next(loop_, "/", false);
    ASSERT_EQ(next.exchange->ticket.slot, old.slot) << "it has the same exchange";
    push(old);
    loop_.turn();
    EXPECT_EQ(next.status, 0);
    answer(loop_.pool().take());
    loop_.turn();
    EXPECT_EQ(next.bytes, "hello");
}

// What is heard first makes room for a request that what is heard next would have been about.
TEST_F(News, OfARequestThatHasAskedAgainSinceIsOutOfDate) {
    Client client(loop_, "/asked", false);
    const Ticket question = client.exchange->ticket;
    loop_.pool().take().finish();
    push(question);
    loop_.turn();
    ASSERT_EQ(client.phase(), Phase::kEmbedded);
    EXPECT_NE(client.exchange->ticket, question);
    push(question);
    loop_.turn();
    EXPECT_EQ(client.status, 0);
    answer(loop_.pool().take());
    loop_.turn();
    EXPECT_EQ(client.bytes, "hello");
}

TEST_F(News, OfNamesReachesAllWhoAskedForOneAndAreStillThere) {
    Client first(loop_, "/named", false);
    Client second(loop_, "/named", false);
    Client third(loop_, "/named", false);
    ASSERT_EQ(third.phase(), Phase::kNameAwaited);
    second.leave();
    Client next(loop_, "/", false);  // has its exchange
    loop_.find_names();
    EXPECT_TRUE(loop_.turn_until([&] { return first.status != 0 && third.status != 0; }));
    EXPECT_EQ(first.status, 403);
    EXPECT_EQ(third.status, 403);
    EXPECT_EQ(next.status, 0);
}

TEST_F(News, OfAThreadIsHeardInTheSameTurnAsANameAndNeitherIsLost) {
    Client named(loop_, "/named", false);
    Client client(loop_, "/", false);
    loop_.find_names();
    answer(loop_.pool().take());
    EXPECT_TRUE(loop_.turn_until([&] { return named.status != 0; }));
    EXPECT_EQ(client.bytes, "hello");
}

}  // namespace
}  // namespace test
