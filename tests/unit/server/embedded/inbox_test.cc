// News of pool threads on its way to their loop.
#include "core/server/embedded/inbox.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/server/embedded/inbox_of_loop.h"

namespace test {
namespace {

using server::InboxEntry;
using server::Ticket;

class Inbox : public InboxOfLoop {
protected:
    std::vector<Ticket> taken() {
        std::vector<Ticket> news;
        EXPECT_FALSE(inbox_->take(news));
        return news;
    }
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
