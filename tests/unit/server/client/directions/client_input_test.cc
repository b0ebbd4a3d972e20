// What a client sends, with a ring that is the test's: when it is received, and how its end is
// noticed.
#include "core/server/client/directions/client_input.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <string>

#include "tests/unit/server/client/directions/direction_under_test.h"

namespace test {
namespace {

using Kind = ScriptedRing::Kind;
using namespace std::chrono_literals;

class ClientInputTest : public DirectionUnderTest, public server::ClientInput::Host {
protected:
    ~ClientInputTest() override {
        end([this] { input_.stop(); });
    }

    void arrive(const std::string& bytes) {
        ring().arrive(kName, bytes);
        settle();
    }
    void end_stream() {
        ring().arrive_end(kName);
        settle();
    }

    void on_bytes(base::Bytes bytes) override {
        received_ += bytes;
        if (pauses_) {
            input_.pause();
        }
    }
    void on_end_of_stream() override { ++ends_; }
    void on_still_at_end() override { ++looks_; }
    void close() override {
        ++closes_;
        peer().outruns_cancel = false;
        input_.stop();
    }
    void set_timer() override {}
    void on_stopped() override { ++stops_; }

    std::string received_;
    bool pauses_ = false;  // at the next bytes
    int ends_ = 0;
    int looks_ = 0;
    int closes_ = 0;
    int stops_ = 0;
    static constexpr std::size_t kByRight = server::UnwantedBytes::kByRight;
    base::Budget unwanted_{4 * kByRight};
    server::ClientInput input_{loop(), transport(), unwanted_, *this};
};

TEST_F(ClientInputTest, ReceivesWhileItIsWanted) {
    input_.resume();
    arrive("one");
    pauses_ = true;
    arrive("two");
    EXPECT_TRUE(input_.is_paused());
    arrive("three");
    EXPECT_EQ(received_, "onetwo");
    EXPECT_FALSE(ring().is_asked(Kind::kReceive, kName));
    pauses_ = false;
    input_.resume();
    settle();
    EXPECT_EQ(received_, "onetwothree");
    EXPECT_EQ(input_.bytes(), received_.size());
}

// The cancellation of the one has not taken effect when the other comes.
TEST_F(ClientInputTest, IsPausedAndResumedInOneTurn) {
    input_.resume();
    settle();
    input_.pause();
    input_.resume();
    arrive("here");
    EXPECT_EQ(received_, "here");
    input_.resume();
    input_.pause();
    settle();
    arrive("not here");
    EXPECT_EQ(received_, "here");
    EXPECT_TRUE(ring().is_asked(Kind::kPoll, kName)) << "its end is to be noticed";
}

TEST_F(ClientInputTest, NoticesAClientThatGoesWhileNobodyReads) {
    input_.resume();
    input_.pause();
    settle();
    ring().answer(Kind::kPoll, kName, POLLERR | POLLHUP);
    settle();
    EXPECT_EQ(closes_, 1);
    EXPECT_EQ(ends_, 0);
    EXPECT_FALSE(input_.is_in_flight());
}

TEST_F(ClientInputTest, CountsWhatComesThoughNobodyWantsItAnyMore) {
    pauses_ = true;
    peer().outruns_cancel = true;
    input_.resume();
    arrive("wanted");
    EXPECT_TRUE(input_.is_paused());
    arrive(std::string(kByRight, 'r'));
    EXPECT_EQ(unwanted_.taken(), 0U) << "everybody may have so much";
    arrive(std::string(5 * kByRight, 'm'));
    EXPECT_EQ(unwanted_.taken(), 5 * kByRight) << "it has come, be there room or none";
    EXPECT_EQ(received_.size(), 6 + 6 * kByRight);
    EXPECT_EQ(closes_, 0);
    // Whoever keeps it has room again, and counts it.
    peer().outruns_cancel = false;
    input_.resume();
    EXPECT_EQ(unwanted_.taken(), 0U);
}

TEST_F(ClientInputTest, ReceivesPieceByPieceWhileTooMuchIsUnwanted) {
    unwanted_.add(3 * kByRight);
    input_.resume();
    settle();
    EXPECT_TRUE(ring().is_asked(Kind::kReceiveOnce, kName));
    arrive("one");
    EXPECT_TRUE(ring().is_asked(Kind::kReceiveOnce, kName)) << "the next piece";
    pauses_ = true;
    arrive("two");
    EXPECT_FALSE(ring().is_asked(Kind::kReceiveOnce, kName));
    arrive("not wanted");
    EXPECT_EQ(received_, "onetwo");
    pauses_ = false;
    unwanted_.give(3 * kByRight);
    input_.resume();
    settle();
    EXPECT_EQ(received_, "onetwonot wanted");
    EXPECT_TRUE(ring().is_asked(Kind::kReceive, kName)) << "there is room again";
}

TEST_F(ClientInputTest, IsBoundedAlsoWhereItHasAskedForMore) {
    input_.resume();
    settle();
    ASSERT_TRUE(ring().is_asked(Kind::kReceive, kName));
    unwanted_.add(4 * kByRight);
    input_.bound();
    settle();
    EXPECT_FALSE(ring().is_asked(Kind::kReceive, kName));
    EXPECT_TRUE(ring().is_asked(Kind::kReceiveOnce, kName));
    arrive("here");
    EXPECT_EQ(received_, "here");
    unwanted_.give(4 * kByRight);
}

// The piece that is in flight when it is paused, and resumed before the cancellation has effect.
TEST_F(ClientInputTest, GoesOnBehindAPieceThatWasFasterThanItsCancellation) {
    unwanted_.add(4 * kByRight);
    input_.resume();
    settle();
    peer().outruns_cancel = true;
    input_.pause();
    input_.resume();
    arrive("one");
    arrive("two");
    EXPECT_EQ(received_, "onetwo");
    EXPECT_TRUE(ring().is_asked(Kind::kReceiveOnce, kName));
    peer().outruns_cancel = false;
    unwanted_.give(4 * kByRight);
}

TEST_F(ClientInputTest, ClosesAtAnError) {
    input_.resume();
    ring().arrive_error(kName, -ECONNRESET);
    settle();
    EXPECT_EQ(closes_, 1);
}

// RFC 9112 section 9.6: it may still want its answers.
TEST_F(ClientInputTest, WatchesAClientThatSendsNothingMore) {
    input_.resume();
    end_stream();
    EXPECT_EQ(ends_, 1);
    EXPECT_TRUE(input_.is_at_end());
    EXPECT_TRUE(ring().is_asked(Kind::kPoll, kName));
    // It is not received from again.
    input_.pause();
    input_.resume();
    settle();
    EXPECT_FALSE(ring().is_asked(Kind::kReceive, kName));
    EXPECT_EQ(closes_, 0);
}

// io_uring tells of a half-close whenever one asks: not more often than once a second.
TEST_F(ClientInputTest, LooksAgainAfterAWhile) {
    input_.resume();
    end_stream();
    ring().answer(Kind::kPoll, kName, 0);
    settle();
    EXPECT_FALSE(input_.is_in_flight());
    EXPECT_EQ(input_.due(), now() + server::ClientInput::kLookAgain);
    input_.on_due();
    EXPECT_TRUE(ring().is_asked(Kind::kPoll, kName));
    EXPECT_EQ(looks_, 1);
    EXPECT_EQ(input_.due(), now() + server::ClientInput::kLookAgain);
    ring().answer(Kind::kPoll, kName, POLLERR);
    settle();
    EXPECT_EQ(closes_, 1);
}

TEST_F(ClientInputTest, HearsNothingOnceItIsStopped) {
    input_.resume();
    ring().arrive(kName, "late");
    input_.stop();
    settle();
    EXPECT_EQ(received_, "");
    EXPECT_EQ(stops_, 1);
    EXPECT_FALSE(input_.is_in_flight());
    EXPECT_EQ(closes_, 0);
}

}  // namespace
}  // namespace test
