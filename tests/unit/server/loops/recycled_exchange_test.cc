// An exchange is used again while somebody in another thread may still report about the request
// that it was: nothing of that reaches the request that it has become.
#include <gtest/gtest.h>

#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

using server::ExchangeTable;
using server::Slot;
using server::Ticket;

class RecycledExchange : public testing::Test {
protected:
    // As the loop does before the pool gets a request.
    void submit(Slot& exchange) {
        exchange.enter(Slot::Phase::kEmbedded, &exchange.embedded);
        exchange.embedded.prepare(table_.renew(exchange));
    }
    std::vector<Ticket> news() {
        std::vector<Ticket> taken;
        EXPECT_FALSE(loop_->inbox().take(taken));
        return taken;
    }

    LoopUnderTest loop_{""};
    server::FileRoom files_{2};
    server::BodyRoom bodies_{loop_->loop(), 1024};
    server::StreamHost streams_{loop_->loop(), files_};
    ExchangeTable table_{{loop_->service(), streams_, bodies_, loop_->inbox(), files_}};
};

TEST_F(RecycledExchange, IsFoundByItsOwnTicketOnly) {
    Slot& first = table_.take();
    EXPECT_EQ(table_.find({}), nullptr);
    EXPECT_EQ(table_.find(first.ticket), nullptr) << "nobody works on it";
    const Ticket old = table_.renew(first);
    EXPECT_EQ(table_.find(old), &first);
    table_.release(first);
    EXPECT_EQ(table_.find(old), nullptr);
    Slot& second = table_.take();
    ASSERT_EQ(&first, &second);
    EXPECT_EQ(table_.find(old), nullptr);
    const Ticket fresh = table_.renew(second);
    EXPECT_EQ(table_.find(old), nullptr);
    EXPECT_EQ(table_.find(fresh), &second);
    table_.release(second);
    EXPECT_TRUE(table_.is_idle());
}

TEST_F(RecycledExchange, OfABurstIsGivenBackAndItsTicketLeadsNowhere) {
    std::vector<Slot*> all;
    std::vector<Ticket> tickets;
    for (int i = 0; i < 1000; ++i) {
        all.push_back(&table_.take());
        tickets.push_back(table_.renew(*all.back()));
    }
    for (Slot* const exchange : all) {
        table_.release(*exchange);
    }
    table_.bury();
    EXPECT_TRUE(table_.is_idle());
    for (const Ticket ticket : tickets) {
        EXPECT_EQ(table_.find(ticket), nullptr);
    }
    for (int i = 0; i < 1000; ++i) {
        Slot& exchange = table_.take();
        EXPECT_EQ(table_.find(table_.renew(exchange)), &exchange);
        EXPECT_EQ(table_.find(tickets[exchange.ticket.slot]), nullptr);
    }
}

// The pool says that a request has ended, whose client has gone in the same turn; the exchange is
// asking a dispatch script for somebody else by the time that the loop hears it.
TEST_F(RecycledExchange, HearsNothingOfTheRequestThatItWas) {
    Slot& exchange = table_.take();
    submit(exchange);
    exchange.embedded.finish();
    exchange.embedded.abandon();
    exchange.embedded.take(exchange.reply.answer);
    ASSERT_TRUE(exchange.reply.answer.has_ended());
    table_.release(exchange);

    Slot& again = table_.take();
    ASSERT_EQ(&exchange, &again);
    again.parcel.dispatch.script = "/srv/dispatch.py";
    submit(again);
    const auto stale = news();
    ASSERT_EQ(stale.size(), 1U);
    EXPECT_EQ(table_.find(stale[0]), nullptr);

    again.embedded.finish();
    const auto fresh = news();
    ASSERT_EQ(fresh.size(), 1U);
    EXPECT_EQ(table_.find(fresh[0]), &again);
}

// The same request, submitted again (its ErrorDocument is a script), is not told what its first
// answer had to say.
TEST_F(RecycledExchange, HearsNothingOfItsFirstAnswerInItsSecond) {
    Slot& exchange = table_.take();
    submit(exchange);
    exchange.embedded.abort(500, {base::Fault::kApplication, "raised"});
    exchange.embedded.take(exchange.reply.answer);
    EXPECT_EQ(exchange.reply.answer.failure, 500);
    exchange.reply.answer.clear();
    submit(exchange);
    const auto stale = news();
    ASSERT_EQ(stale.size(), 1U);
    EXPECT_EQ(table_.find(stale[0]), nullptr);
    table_.release(exchange);
}

// The whole loop: a client resets while its name is looked up, and another one has its exchange
// when the answer comes.
TEST(NameOfAClient, ReachesOnlyTheRequestThatAskedForIt) {
    LoopUnderTest loop("<Location />\nRequire host nowhere.example\n</Location>\n");
    for (int i = 0; i < 50; ++i) {
        base::Fd gone = loop.connect();
        LoopUnderTest::write(gone, "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
        loop.turn();
        gone.reset();
        base::Fd next = loop.connect();
        LoopUnderTest::write(next, "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const std::string answer = loop.read_until(next, "");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 ")) << answer;
        EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "answered twice";
    }
}

}  // namespace
}  // namespace test
