// A request of embedded mode, between the pool thread that runs it and the loop that sends its
// answer. The test is both.
#include "core/server/embedded/embedded_task.h"

#include <gtest/gtest.h>

#include <list>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/unit/server/embedded/inbox_of_loop.h"

namespace test {
namespace {

using server::Answer;
using server::AnswerRoom;

class EmbeddedTask : public InboxOfLoop {
protected:
    server::EmbeddedTask& submit() {
        auto& task = tasks_.emplace_back(*inbox_, files_, parcels_.emplace_back());
        task.request.method = "GET";
        task.request.target = "/";
        task.prepare({0, ++incarnation_});
        task.response.status = 200;
        task.response.reason = "OK";
        return task;
    }
    // What comes of a thread that answers with `size` bytes in one piece, as seen by a client who
    // takes all that there is, again and again.
    static std::string taken_by_a_reader(server::EmbeddedTask& task, std::size_t size) {
        task.response.content_length = size;
        std::thread pool([&] {
            EXPECT_TRUE(task.respond(std::string(size, 'x'), true));
            task.finish();
        });
        std::string all;
        Answer answer;
        EXPECT_TRUE(eventually([&] {
            task.take(answer);
            all += answer.body;
            return answer.has_ended();
        }));
        pool.join();
        task.let_go();
        return all;
    }
    server::FileRoom files_{2};
    std::list<request::Parcel> parcels_;
    std::list<server::EmbeddedTask> tasks_;
    std::uint64_t incarnation_ = 0;
};

TEST_F(EmbeddedTask, GivesAWholeAnswerOfAnySize) {
    for (const std::size_t size : {0U, 1U, 100'000U, 1'000'000U, 30'000'000U}) {
        const std::string all = taken_by_a_reader(submit(), size);
        EXPECT_EQ(all.size(), size);
        EXPECT_EQ(AnswerRoom::held(), 0U);
    }
}

TEST_F(EmbeddedTask, DoesNotMakeTheThreadOfASmallAnswerWait) {
    auto& task = submit();
    const std::string body(100'000, 'x');
    task.response.content_length = body.size();
    EXPECT_FALSE(task.would_block());
    EXPECT_TRUE(task.respond(body, true));
    task.finish();
    Answer answer;
    task.take(answer);
    EXPECT_EQ(answer.ending, Answer::Ending::kComplete);
}

TEST_F(EmbeddedTask, HoldsOnlyItsRoomWhenTheClientDoesNotRead) {
    auto& task = submit();
    bool has_gone = false;
    std::thread pool([&] {
        has_gone = !task.respond(std::string(10'000'000, 'x'), true);
        task.abort(500, {base::Fault::kClient, "gone"});
    });
    Answer answer;
    ASSERT_TRUE(eventually([&] {
        task.take(answer);
        return !answer.body.empty();
    }));
    // The connection has this in flight for good, and looks at nothing more.
    EXPECT_TRUE(eventually([&] { return task.would_block(); }));
    EXPECT_LE(AnswerRoom::held(), AnswerRoom::kPlenty);
    task.abandon();
    pool.join();
    EXPECT_TRUE(has_gone);
    task.take(answer);
    EXPECT_TRUE(answer.has_ended());
    EXPECT_EQ(AnswerRoom::held(), 0U);
}

// All together hold no more than AnswerRoom::kAll and a little each, and all get on.
TEST_F(EmbeddedTask, SharesTheRoomOfTheProcess) {
    constexpr std::size_t kClients = 400;
    constexpr std::size_t kSize = 2'000'000;
    const std::string body(kSize, 'x');
    std::vector<std::thread> pool;
    std::vector<server::EmbeddedTask*> tasks;
    for (std::size_t i = 0; i < kClients; ++i) {
        auto& task = submit();
        task.response.content_length = kSize;
        tasks.push_back(&task);
        pool.emplace_back([&task, &body] {
            EXPECT_TRUE(task.respond(body, true));
            task.finish();
        });
    }
    const auto all_wait = [&] {
        return std::ranges::all_of(tasks, [](const auto* task) { return task->would_block(); });
    };
    EXPECT_TRUE(eventually(all_wait));
    EXPECT_LE(AnswerRoom::held(), AnswerRoom::kAll + 15 * AnswerRoom::kPlenty);
    std::vector<std::size_t> sizes(kClients);
    std::vector<bool> has_ended(kClients);
    Answer answer;
    EXPECT_TRUE(eventually([&] {
        for (std::size_t i = 0; i < kClients; ++i) {
            if (!has_ended[i]) {
                tasks[i]->take(answer);
                sizes[i] += answer.body.size();
                has_ended[i] = answer.has_ended();
            }
        }
        return std::ranges::all_of(has_ended, [](const bool ended) { return ended; });
    }));
    for (std::size_t i = 0; i < kClients; ++i) {
        pool[i].join();
        EXPECT_EQ(sizes[i], kSize);
        tasks[i]->let_go();
    }
    EXPECT_EQ(AnswerRoom::held(), 0U);
}

class Lender : public base::Loan::Lender {
public:
    void give_back(void*) noexcept override { ++given_back; }
    base::Loan lend(base::Bytes bytes) { return {*this, this, bytes}; }
    int given_back = 0;
};

TEST_F(EmbeddedTask, LendsABodyUntilItHasGoneOut) {
    Lender lender;
    auto& task = submit();
    const std::string body(1'000'000, 'x');
    task.response.content_length = body.size();
    ASSERT_TRUE(task.takes_loan(body.size()));
    ASSERT_TRUE(task.respond_with_loan(lender.lend(body), true));
    task.finish();
    Answer answer;
    task.take(answer);
    EXPECT_EQ(answer.loan.bytes().data(), body.data()) << "it has been copied";
    EXPECT_EQ(answer.ending, Answer::Ending::kComplete);
    EXPECT_EQ(lender.given_back, 0);
    answer.clear();
    task.let_go();
    EXPECT_EQ(lender.given_back, 1);
}

TEST_F(EmbeddedTask, GivesALoanBackWhenItsClientGoesAtAnyStep) {
    for (int step = 0; step < 4; ++step) {
        SCOPED_TRACE(step);
        Lender lender;
        auto& task = submit();
        Answer answer;
        const auto leave = [&](int at) {
            if (at == step) {
                task.abandon();
            }
        };
        leave(0);
        EXPECT_EQ(task.respond_with_loan(lender.lend("body"), false).has_value(), step > 0);
        leave(1);
        task.take(answer);
        leave(2);
        task.finish();
        leave(3);
        task.take(answer);
        EXPECT_TRUE(answer.has_ended());
        EXPECT_EQ(lender.given_back, 1);
        answer.clear();
        task.let_go();
        EXPECT_EQ(lender.given_back, 1);
    }
}

TEST_F(EmbeddedTask, LendsNothingThatIsTooMuchForTheProcess) {
    EXPECT_TRUE(submit().takes_loan(AnswerRoom::kLent));
    EXPECT_FALSE(submit().takes_loan(AnswerRoom::kLent + 1));
}

// The loop has heard of the answer and sends it; that the body has room again is told all the same.
TEST_F(EmbeddedTask, TellsOfRoomForTheBodyWhileTheAnswerIsOnItsWay) {
    auto& task = submit();
    task.add_body(std::string(400'000, 'b'));
    EXPECT_TRUE(task.respond("first", false));
    std::vector<server::Ticket> news;
    EXPECT_FALSE(inbox_->take(news));
    EXPECT_EQ(news.size(), 1U);
    news.clear();
    EXPECT_FALSE(task.has_room());  // and the connection takes nothing, because it still sends
    std::string body(400'000, ' ');
    EXPECT_EQ(task.read_body_now(body.data(), body.size()), body.size());
    EXPECT_FALSE(inbox_->take(news));
    EXPECT_EQ(news.size(), 1U);
    EXPECT_TRUE(task.has_room());
    task.abort(500, {base::Fault::kClient, "gone"});
}

// The client goes at each step; whatever the thread does then, the answer ends once and holds
// nothing.
TEST_F(EmbeddedTask, EndsWhenItsClientGoesAtAnyStep) {
    for (int step = 0; step < 4; ++step) {
        for (const bool ends_well : {true, false}) {
            SCOPED_TRACE(step);
            auto& task = submit();
            task.response.content_length = 300'000;
            Answer answer;
            const auto leave = [&](int at) {
                if (at == step) {
                    task.abandon();
                    task.take(answer);
                    EXPECT_FALSE(answer.has_ended()) << "the thread still has it";
                }
            };
            leave(0);
            EXPECT_EQ(task.respond(std::string(100'000, 'x'), false).has_value(), step > 0);
            leave(1);
            EXPECT_EQ(task.write(std::string(100'000, 'x'), false).has_value(), step > 1);
            leave(2);
            EXPECT_EQ(task.write(std::string(100'000, 'x'), true).has_value(), step > 2);
            leave(3);
            if (ends_well) {
                task.finish();
            } else {
                task.abort(500, {base::Fault::kClient, "gone"});
            }
            task.take(answer);
            EXPECT_TRUE(answer.has_ended());
            EXPECT_EQ(AnswerRoom::held(), 0U);
            std::vector<server::Ticket> news;
            EXPECT_FALSE(inbox_->take(news));
            EXPECT_FALSE(news.empty());
            EXPECT_EQ(news.back(), (server::Ticket{0, incarnation_}));
        }
    }
}

}  // namespace
}  // namespace test
