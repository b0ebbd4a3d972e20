// Which process of a group gets a request, and what becomes of those for whom there is none.
#include "core/server/links/daemon_groups.h"

#include "tests/unit/server/links/links_under_test.h"

namespace test {
namespace {

using ipc::FrameType;
using Phase = server::Exchange::Phase;
using namespace std::chrono_literals;

TEST(DaemonGroups, LetsARequestWaitForAProcess) {
    LinksUnderTest links;
    auto& asked = links.ask();
    EXPECT_EQ(asked.exchange.phase, Phase::kLinkAwaited);
    const int link = links.add_link();
    EXPECT_EQ(asked.exchange.phase, Phase::kDaemon);
    links.say_head(link, 0, 5);
    links.say(link, FrameType::kBody, 0, "hello", ipc::kLast);
    EXPECT_EQ(asked.client.status, 200);
    EXPECT_TRUE(asked.client.is_complete);
}

TEST(DaemonGroups, GivesARequestToTheLeastBusyProcess) {
    LinksUnderTest links;
    const int first = links.add_link(0);
    const int second = links.add_link(1);
    links.ask();
    links.ask();
    links.ask();
    EXPECT_EQ(links.heard(first).size(), 2U);
    EXPECT_EQ(links.heard(second).size(), 1U);
}

TEST(DaemonGroups, KnowsHowBusyOtherLoopsKeepAProcess) {
    LinksUnderTest one(
        server::DaemonGroups::kEnding, "Timeout 1\nWSGIDaemonProcess g processes=2\n"
    );
    LinksUnderTest other(one);
    const int first = one.add_link(0);
    one.add_link(1);
    const int first_of_other = other.add_link(0);
    const int second_of_other = other.add_link(1);
    one.ask();
    other.ask();
    EXPECT_EQ(other.heard(second_of_other).size(), 1U);
    EXPECT_TRUE(other.heard(first_of_other).empty());
    // A process that is gone has nothing any more.
    one.die(first);
    one.add_link(0);
    other.ask();
    EXPECT_EQ(other.heard(first_of_other).size(), 1U);
}

TEST(DaemonGroups, RefusesWhileNoProcessCanBeStarted) {
    LinksUnderTest links;
    auto& waiting = links.ask();
    links.groups().refuse(0);
    links.turn();
    EXPECT_EQ(waiting.client.failure, 503);
    EXPECT_EQ(links.ask().client.failure, 503);
    links.add_link();
    EXPECT_EQ(links.ask().exchange.phase, Phase::kDaemon);
}

TEST(DaemonGroups, ForgetsAClientThatGoesWhileItWaits) {
    LinksUnderTest links;
    auto& asked = links.ask();
    links.leave(asked);
    EXPECT_TRUE(asked.is_released);
    EXPECT_TRUE(links.heard(links.add_link()).empty());
}

// Any application can say in its process's name that it ends.
TEST(DaemonGroups, ReportsAProcessThatSaysThatItEndsAndDoesNot) {
    LinksUnderTest links(1ms);
    const int link = links.add_link();
    links.say(link, FrameType::kStop);
    auto& waiting = links.ask();
    EXPECT_EQ(waiting.exchange.phase, Phase::kLinkAwaited) << "it wants no further request";
    EXPECT_TRUE(links.turn_until([&] { return !links.lost.empty(); }));
    ASSERT_EQ(links.lost.size(), 1U);
    EXPECT_EQ(links.lost[0].generation, 1U);
    links.add_link();  // the supervisor has replaced it
    EXPECT_EQ(waiting.exchange.phase, Phase::kDaemon);
}

TEST(DaemonGroups, LosesAProcessThatSaysThatItEndsAndKeepsARequest) {
    LinksUnderTest links(1ms);
    const int link = links.add_link();
    links.say(link, FrameType::kReady);
    auto& kept = links.ask();
    links.say(link, FrameType::kStop);
    links.say(link, FrameType::kStop);
    EXPECT_TRUE(links.turn_until([&] { return !links.lost.empty(); }));
    EXPECT_EQ(kept.client.failure, 502);
    EXPECT_EQ(links.lost.size(), 1U);
}

TEST(DaemonGroups, DoesNotReportAProcessThatEndsAsItHasSaid) {
    constexpr auto kPatience = 500ms;  // a slow machine gets from here to the close in that time
    LinksUnderTest links(kPatience);
    const int link = links.add_link();
    auto& asked = links.ask();
    links.say(link, FrameType::kStop);
    links.say_head(link, 0, 0);
    links.say(link, FrameType::kEnd, 0);
    EXPECT_TRUE(asked.client.is_complete);
    links.groups().close_links({0, 0, 0, 0, 1});
    const auto until = loop::Clock::now() + kPatience + 3 * loop::Loop::kTick;
    EXPECT_TRUE(links.turn_until([&] { return loop::Clock::now() > until; }));
    EXPECT_TRUE(links.lost.empty());
}

// The supervisor starts nobody while the server stops.
TEST(DaemonGroups, LetsNobodyWaitForAProcessWhileTheServerStops) {
    LinksUnderTest links;
    auto& waiting = links.ask();
    links.drains = true;
    links.turn();
    EXPECT_EQ(waiting.client.failure, 503);
    EXPECT_EQ(links.ask().client.failure, 503);
}

TEST(DaemonGroups, ServesWithWhatThereIsWhileTheServerStops) {
    LinksUnderTest links;
    const int link = links.add_link();
    links.drains = true;
    auto& asked = links.ask();
    links.say_head(link, 0, 0);
    links.say(link, FrameType::kEnd, 0);
    EXPECT_TRUE(asked.client.is_complete);
    links.say(link, FrameType::kStop);
    EXPECT_EQ(links.ask().client.failure, 503);
}

}  // namespace
}  // namespace test
