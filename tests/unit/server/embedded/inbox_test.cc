// News of pool threads on its way to their loop.
#include "core/server/embedded/inbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/loop/loop.h"

namespace test {
namespace {

using server::InboxEntry;
using server::Ticket;

class Inbox : public testing::Test {
protected:
    Inbox() {
        auto ring = loop::create_ring(loop::Backend::kEpoll);
        EXPECT_TRUE(ring.has_value());
        auto made = loop::Loop::create(std::move(ring->ring));
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        inbox_ = std::make_unique<server::Inbox>(*loop_);
    }
    std::vector<Ticket> taken() {
        std::vector<Ticket> news;
        EXPECT_FALSE(inbox_->take(news));
        return news;
    }
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<server::Inbox> inbox_;
};

TEST_F(Inbox, HasAnEntryOnceUntilTheLoopHasHeard) {
    InboxEntry entry(*inbox_);
    entry.begin({3, 7});
    EXPECT_TRUE(taken().empty());
    entry.tell();
    entry.tell_now();
    EXPECT_EQ(taken(), (std::vector<Ticket>{{3, 7}}));
    entry.tell();
    EXPECT_TRUE(taken().empty()) << "the loop has not looked at the first yet";
    entry.on_heard();
    entry.tell();
    EXPECT_EQ(taken(), (std::vector<Ticket>{{3, 7}}));
}

TEST_F(Inbox, IsToldOfTheBodyWhateverElseHasBeenTold) {
    InboxEntry entry(*inbox_);
    entry.begin({3, 7});
    entry.tell();
    entry.tell_of_body();
    EXPECT_EQ(taken(), (std::vector<Ticket>{{3, 7}, {3, 7}}));
}

TEST_F(Inbox, IsToldWithTheTicketOfTheNewRequest) {
    InboxEntry entry(*inbox_);
    entry.begin({3, 7});
    entry.tell();
    entry.begin({3, 8});
    entry.tell();
    EXPECT_EQ(taken(), (std::vector<Ticket>{{3, 7}, {3, 8}}));
}

}  // namespace
}  // namespace test
