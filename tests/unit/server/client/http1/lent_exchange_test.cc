// The exchange that is lent to a client for one request.
#include "core/server/client/http1/lent_exchange.h"

#include "tests/unit/server/client/connections_under_test.h"
#include "tests/unit/server/client/http1/no_client.h"

namespace test {
namespace {

using server::Exchange;

class LentExchangeTest : public testing::Test {
protected:
    ConnectionsUnderTest all_;
    NoClient client_;
    server::LentExchange exchange_{all_, client_};
};

TEST_F(LentExchangeTest, GoesBackWhenItsAnswerIsOut) {
    EXPECT_FALSE(exchange_);
    exchange_.take(all_.generation());
    EXPECT_TRUE(exchange_);
    EXPECT_EQ(exchange_->client, &client_);
    EXPECT_EQ(exchange_->generation, all_.generation());
    exchange_.give_back();
    EXPECT_FALSE(exchange_);
    EXPECT_EQ(all_.in_use(), 0U);
}

// Whoever answers finds nobody, and keeps it until he has ended.
TEST_F(LentExchangeTest, IsLeftToWhoeverStillWorksOnIt) {
    exchange_.take(all_.generation());
    Exchange& exchange = *exchange_;
    ScriptedApplication application(exchange);
    exchange.enter(Exchange::Phase::kDaemon, &application);
    exchange_.abandon();
    EXPECT_FALSE(exchange_);
    EXPECT_TRUE(application.is_abandoned);
    EXPECT_EQ(exchange.client, nullptr);
    exchange_.abandon();  // there is none
    EXPECT_EQ(all_.in_use(), 0U);
}

TEST_F(LentExchangeTest, IsReplacedForAnAnswerOfOurOwn) {
    exchange_.take(all_.generation());
    Exchange& old = *exchange_;
    ScriptedApplication application(old);
    old.enter(Exchange::Phase::kDaemon, &application);
    old.request().target = "/here";
    old.tally.begun = 4711;
    old.tally.bytes_received = 12;
    old.outcome.extra_headers = {{"X-A", "b"}};
    exchange_.replace();
    EXPECT_NE(&*exchange_, &old);
    EXPECT_TRUE(application.is_abandoned);
    EXPECT_EQ(exchange_->client, &client_);
    EXPECT_EQ(exchange_->responder, nullptr);
    EXPECT_EQ(exchange_->generation, all_.generation());
    EXPECT_EQ(exchange_->request().target, "/here");
    EXPECT_EQ(exchange_->tally.begun, 4711);
    EXPECT_EQ(exchange_->tally.bytes_received, 12U);
    EXPECT_EQ(exchange_->outcome.extra_headers.size(), 1U);
    exchange_.give_back();
    EXPECT_EQ(all_.in_use(), 0U);
}

}  // namespace
}  // namespace test
