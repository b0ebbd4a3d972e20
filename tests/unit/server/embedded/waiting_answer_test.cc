// An answer of embedded mode that waits for its client: its room, its file, its end.
#include "core/server/embedded/waiting_answer.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

namespace test {
namespace {

using server::Answer;
using server::AnswerRoom;

class WaitingAnswer : public testing::Test {
protected:
    WaitingAnswer() {
        response_.status = 200;
        response_.reason = "OK";
        answer_.clear();
    }
    ~WaitingAnswer() override {
        answer_.drop();
        answer_.let_go();
        EXPECT_EQ(AnswerRoom::held(), 0U);
    }
    static base::Fd file() { return base::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

    server::FileRoom files_{2};
    http::Response response_;
    server::WaitingAnswer answer_{files_};
    Answer taken_;
};

TEST_F(WaitingAnswer, IsTakenPieceByPiece) {
    answer_.begin(response_);
    EXPECT_TRUE(answer_.add("one"));
    answer_.take(taken_);
    EXPECT_EQ(taken_.body, "one");
    EXPECT_EQ(taken_.head, &response_);
    EXPECT_FALSE(taken_.has_ended());
    EXPECT_TRUE(answer_.add("two"));
    answer_.end(true);
    EXPECT_TRUE(answer_.has_ended());
    answer_.take(taken_);
    EXPECT_EQ(taken_.body, "two");
    EXPECT_EQ(taken_.ending, Answer::Ending::kComplete);
}

TEST_F(WaitingAnswer, HasRoomAgainWhenWhatWasTakenHasGoneOut) {
    answer_.begin(response_);
    EXPECT_EQ(answer_.room_for(AnswerRoom::kPlenty / 2), AnswerRoom::kPlenty / 2);
    while (const std::size_t room = answer_.room_for(AnswerRoom::kPlenty)) {
        ASSERT_TRUE(answer_.add(std::string(room, 'x')));
    }
    EXPECT_FALSE(answer_.take(taken_)) << "the connection only sends it now";
    EXPECT_EQ(answer_.room_for(AnswerRoom::kPlenty), 0U);
    EXPECT_TRUE(answer_.take(taken_));
    EXPECT_GT(answer_.room_for(AnswerRoom::kPlenty), 0U);
}

TEST_F(WaitingAnswer, KeepsItsPromiseOnce) {
    answer_.begin(response_);
    EXPECT_FALSE(answer_.keep_promise(1));
    EXPECT_TRUE(answer_.promise_room());
    EXPECT_TRUE(answer_.keep_promise(1));
    EXPECT_FALSE(answer_.keep_promise(1));
    EXPECT_TRUE(answer_.promise_room());
    EXPECT_FALSE(answer_.keep_promise(1'000'000)) << "of short pieces only";
    while (const std::size_t room = answer_.room_for(AnswerRoom::kPlenty)) {
        ASSERT_TRUE(answer_.add(std::string(room, 'x')));
    }
    EXPECT_FALSE(answer_.promise_room());
}

TEST_F(WaitingAnswer, HoldsNothingThatNobodyWants) {
    answer_.begin(response_);
    ASSERT_TRUE(answer_.add(std::string(500'000, 'x')));
    EXPECT_TRUE(answer_.takes_file(0, "192.0.2.1"));
    answer_.add_file(file(), 0, 10);
    EXPECT_GT(AnswerRoom::held(), 0U);
    answer_.drop();
    EXPECT_EQ(AnswerRoom::held(), 0U);
    answer_.take(taken_);
    EXPECT_FALSE(taken_.has_pieces());
}

TEST_F(WaitingAnswer, CountsItsFileUntilItIsLetGo) {
    answer_.begin(response_);
    EXPECT_TRUE(answer_.takes_file(0, "192.0.2.1"));
    server::WaitingAnswer other(files_);
    other.clear();
    EXPECT_FALSE(other.takes_file(0, "192.0.2.1")) << "there may be one";
    answer_.add_file(file(), 0, 10);
    answer_.take(taken_);
    EXPECT_TRUE(taken_.file.is_open());
    EXPECT_FALSE(other.takes_file(0, "192.0.2.1")) << "it still goes out";
    answer_.let_go();
    EXPECT_TRUE(other.takes_file(0, "192.0.2.1"));
}

TEST_F(WaitingAnswer, EndsWithoutAHeadForAScriptThatAnswersNobody) {
    answer_.end(false);
    answer_.take(taken_);
    EXPECT_EQ(taken_.ending, Answer::Ending::kComplete);
    EXPECT_EQ(taken_.head, nullptr);
}

TEST_F(WaitingAnswer, FailsWithItsStatusWhereNothingHasBeenSaid) {
    answer_.fail(500);
    answer_.take(taken_);
    EXPECT_EQ(taken_.ending, Answer::Ending::kFailed);
    EXPECT_EQ(taken_.failure, 500);
    answer_.clear();
    answer_.begin(response_);
    answer_.fail(500);
    answer_.take(taken_);
    EXPECT_EQ(taken_.ending, Answer::Ending::kBroken);
}

}  // namespace
}  // namespace test
