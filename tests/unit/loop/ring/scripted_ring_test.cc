// The stand-in for the kernel keeps the promises of Ring, and does what the script says.
#include "tests/support/unit/scripted_ring.h"

#include <cerrno>

#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::Listener;
using test::ScriptedRing;

namespace {

constexpr int kSocket = 7;

// Sends all of `text` over a ring with short sends, and gives the sizes of the pieces.
std::vector<int> pieces_with_seed(std::uint32_t seed, std::string_view text) {
    ScriptedRing ring(ScriptedRing::Sizes::kShort, ScriptedRing::Order::kAsAsked, seed);
    Listener sent;
    while (ring.sent(kSocket).size() < text.size()) {
        ring.send(kSocket, text.substr(ring.sent(kSocket).size()), sent.operation);
        ring.run_once(std::nullopt);
    }
    EXPECT_EQ(ring.sent(kSocket), text);
    return sent.results;
}

}  // namespace

TEST(ScriptedRing, GivesWhatArrivesThenTheEnd) {
    ScriptedRing ring;
    Listener received;
    ring.arrive(kSocket, "GET /");
    ring.receive(kSocket, received.operation);
    EXPECT_TRUE(received.results.empty());
    ring.run_until_idle();
    EXPECT_EQ(received.data, "GET /");
    EXPECT_FALSE(received.is_over);
    ring.arrive(kSocket, " HTTP/1.1");
    ring.arrive_error(kSocket, -ECONNRESET);
    ring.run_until_idle();
    EXPECT_EQ(received.data, "GET / HTTP/1.1");
    EXPECT_EQ(received.results.back(), -ECONNRESET);
    EXPECT_TRUE(received.is_over);
}

TEST(ScriptedRing, ShortSendsComeFromTheSeed) {
    const std::string text = loop_test::varied_bytes(1000);
    const auto pieces = pieces_with_seed(1, text);
    EXPECT_GT(pieces.size(), 2U);
    EXPECT_EQ(pieces, pieces_with_seed(1, text));
    EXPECT_NE(pieces, pieces_with_seed(2, text));
}

TEST(ScriptedRing, AnswersAsTheScriptSays) {
    ScriptedRing ring;
    Listener sent;
    Listener polled;
    ring.answer(ScriptedRing::Kind::kSend, kSocket, 2);
    ring.answer(ScriptedRing::Kind::kSend, kSocket, -EPIPE);
    ring.send(kSocket, "hello", sent.operation);
    ring.run_until_idle();
    ring.send(kSocket, "llo", sent.operation);
    ring.run_until_idle();
    EXPECT_EQ(sent.results, (std::vector{2, -EPIPE}));
    EXPECT_EQ(ring.sent(kSocket), "he");

    ring.poll(kSocket, 4, polled.operation);
    ring.run_until_idle();
    EXPECT_TRUE(ring.is_asked(ScriptedRing::Kind::kPoll, kSocket));
    ring.answer(ScriptedRing::Kind::kPoll, kSocket, 4);
    ring.run_until_idle();
    EXPECT_EQ(polled.results, std::vector{4});
}

TEST(ScriptedRing, HoldsSendsUntilTheyAreCancelled) {
    ScriptedRing ring;
    Listener sent;
    ring.hold_sends(kSocket);
    ring.send(kSocket, "hello", sent.operation);
    ring.run_until_idle();
    EXPECT_TRUE(sent.results.empty());
    ring.cancel(sent.operation);
    EXPECT_TRUE(sent.results.empty()) << "handlers run in deliver() only";
    ring.run_until_idle();
    EXPECT_EQ(sent.results, std::vector{-ECANCELED});
    EXPECT_EQ(ring.sent(kSocket), "");
    ring.forget(kSocket);
    EXPECT_TRUE(ring.is_forgotten(kSocket));
}

TEST(ScriptedRing, ShufflesOperationsButNotTheBytesOfAStream) {
    const auto order_with_seed = [](std::uint32_t seed) {
        ScriptedRing ring(ScriptedRing::Sizes::kShort, ScriptedRing::Order::kShuffled, seed);
        const std::string text = loop_test::varied_bytes(100);
        std::vector<int> order;
        std::array<Listener, 4> received;
        for (int fd = 0; fd < 4; ++fd) {
            auto& one = received.at(static_cast<std::size_t>(fd));
            one.then = [&order, fd](loop::Completion) { order.push_back(fd); };
            ring.arrive(fd, text);
            ring.receive(fd, one.operation);
        }
        ring.run_until_idle();
        for (auto& one : received) {
            EXPECT_EQ(one.data, text);
            ring.cancel(one.operation);
        }
        ring.run_until_idle();
        return order;
    };
    EXPECT_EQ(order_with_seed(3), order_with_seed(3));
    EXPECT_NE(order_with_seed(3), order_with_seed(4));
}
