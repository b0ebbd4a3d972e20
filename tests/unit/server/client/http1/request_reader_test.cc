// From bytes to a request and its body, without a connection: who answers, the time and the bytes
// are the test's.
#include "core/server/client/http1/request_reader.h"

#include <memory>
#include <string>

#include "tests/unit/server/client/connections_under_test.h"
#include "tests/unit/server/client/http1/no_client.h"

namespace test {
namespace {

using server::Exchange;
using server::RequestReader;
using State = RequestReader::State;
using Step = RequestReader::Step;
using std::chrono::seconds;

class RequestReaderTest : public testing::Test, private server::EarlyRoom::Guest {
protected:
    ~RequestReaderTest() override { exchange_.abandon(); }

    void begin() {
        exchange_.take(settings_.generation());
        reader_.begin_head();
    }
    // All of `bytes`, or what is left of them.
    Step read(std::string_view bytes) {
        rest_ = bytes;
        return reader_.read(rest_);
    }
    // The application answers from here on.
    void answer_by_application() {
        application_ = std::make_unique<ScriptedApplication>(*exchange_);
        exchange_->enter(Exchange::Phase::kDaemon, application_.get());
    }
    void end_answer() {
        exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
        exchange_.give_back();
    }
    [[nodiscard]] loop::Clock::duration time_left() {
        return reader_.patience().due() - all_.loop().now();
    }

    void on_early_room_lost() override { FAIL() << "there is room"; }

    ConnectionsUnderTest all_{
        std::make_unique<ScriptedRing>(),
        "Timeout 60\nKeepAliveTimeout 5\nRequestReadTimeout header=20 body=10\n"};
    const server::Endpoint endpoint_{-1, "192.0.2.1", 80, false};
    const std::string address_ = "192.0.2.1";
    NoClient client_;
    std::unique_ptr<ScriptedApplication> application_;
    server::ConnectionSettings settings_{
        all_, {endpoint_, {.local_address = address_, .remote_address = address_}}};
    server::LentExchange exchange_{all_, client_};
    RequestReader reader_{all_, settings_, exchange_, *this, address_};
    base::Bytes rest_;
};

TEST_F(RequestReaderTest, ReadsAHeadInPieces) {
    EXPECT_EQ(time_left(), seconds(20)) << "the first head's time begins with the connection";
    all_.pass(seconds(10));
    begin();
    EXPECT_EQ(time_left(), seconds(20));
    EXPECT_EQ(read("\r\n"), Step::kNeedMore);
    EXPECT_FALSE(reader_.is_inside_head()) << "empty lines are nothing yet";
    EXPECT_EQ(read("GET /here HTTP/1.1\r\nHo"), Step::kNeedMore);
    EXPECT_TRUE(reader_.is_inside_head());
    EXPECT_EQ(read("st: a\r\n\r\nGET /next"), Step::kHead);
    EXPECT_EQ(rest_, "GET /next");
    EXPECT_EQ(exchange_->request().target, "/here");
    reader_.expect_body(true);
    EXPECT_EQ(reader_.state(), State::kComplete);
    EXPECT_FALSE(reader_.awaits_more());
}

TEST_F(RequestReaderTest, HandsABodyToWhoeverAnswers) {
    begin();
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234"), Step::kHead);
    EXPECT_EQ(rest_, "01234");
    reader_.expect_body(true);
    EXPECT_EQ(reader_.state(), State::kBodyComing);
    EXPECT_EQ(time_left(), seconds(10));
    answer_by_application();
    EXPECT_EQ(read("01234"), Step::kNeedMore);
    EXPECT_EQ(read("56789GET /"), Step::kComplete);
    EXPECT_EQ(rest_, "GET /");
    EXPECT_EQ(application_->body, "0123456789");
    EXPECT_TRUE(application_->has_body_ended);
    EXPECT_EQ(application_->failure, "");
    end_answer();
    reader_.expect_next();
    EXPECT_EQ(reader_.state(), State::kIdle);
    EXPECT_EQ(time_left(), seconds(5));
}

// RFC 9110 section 10.1.1.
TEST_F(RequestReaderTest, WaitsForABodyThatIsHeldBackOnlyOnceItIsWanted) {
    begin();
    EXPECT_EQ(
        read("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
        Step::kHead
    );
    reader_.expect_body(false);
    EXPECT_EQ(reader_.state(), State::kBodyHeldBack);
    EXPECT_TRUE(reader_.is_body_missing());
    answer_by_application();
    all_.pass(seconds(30));
    reader_.ask_for_body();
    EXPECT_EQ(reader_.state(), State::kBodyComing);
    EXPECT_EQ(time_left(), seconds(10));
    EXPECT_EQ(read("abc"), Step::kComplete);
    EXPECT_EQ(application_->body, "abc");
}

TEST_F(RequestReaderTest, NeedNotAskAClientThatHasNotWaited) {
    begin();
    const std::string head =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    EXPECT_EQ(read(head + "a"), Step::kHead);
    reader_.expect_body(true);
    EXPECT_EQ(reader_.state(), State::kBodyComing);
}

TEST_F(RequestReaderTest, TakesABodyThatComesAllTheSame) {
    begin();
    EXPECT_EQ(
        read("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
        Step::kHead
    );
    reader_.expect_body(false);
    answer_by_application();
    EXPECT_EQ(read("ab"), Step::kNeedMore);
    EXPECT_EQ(reader_.state(), State::kBodyComing);
    EXPECT_EQ(application_->body, "ab");
}

// Its answer is out: the rest is dropped, and the next request begins behind it.
TEST_F(RequestReaderTest, DropsABodyThatNobodyWants) {
    begin();
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234"), Step::kHead);
    reader_.expect_body(true);
    end_answer();
    EXPECT_EQ(read("01234"), Step::kNeedMore);
    EXPECT_EQ(read("56789GET / HTTP/1.1\r\n"), Step::kComplete);
    EXPECT_EQ(rest_, "GET / HTTP/1.1\r\n");
    reader_.expect_next();
    begin();
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Step::kHead);
}

TEST_F(RequestReaderTest, TellsWhoeverReadsThatABodyWillNotBeComplete) {
    begin();
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234"), Step::kHead);
    reader_.expect_body(true);
    answer_by_application();
    EXPECT_EQ(read("01234"), Step::kNeedMore);
    reader_.fail_body("it has gone");
    EXPECT_EQ(application_->failure, "it has gone");
    EXPECT_EQ(reader_.state(), State::kFailed);
    EXPECT_FALSE(reader_.awaits_more());
}

TEST_F(RequestReaderTest, SaysWhatIsWrongWithARequest) {
    begin();
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), Step::kError);
    EXPECT_EQ(reader_.error().status, 400);
}

// A client that was too slow has had its time; whoever was not gets none that runs any more.
TEST_F(RequestReaderTest, RemembersThatAClientWasTooSlow) {
    begin();
    EXPECT_EQ(read("GET /"), Step::kNeedMore);
    all_.pass(seconds(20));
    reader_.fail();
    EXPECT_TRUE(reader_.patience().is_over(all_.loop().now()));
}

TEST_F(RequestReaderTest, StopsTheClockOfAClientThatWasWrong) {
    begin();
    EXPECT_EQ(read("GET /"), Step::kNeedMore);
    reader_.fail();
    all_.pass(seconds(20));
    EXPECT_FALSE(reader_.patience().is_over(all_.loop().now()));
}

}  // namespace
}  // namespace test
