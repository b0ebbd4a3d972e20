// A request's body on its way to the thread that reads it.
#include "interp/wsgi/request_body.h"

#include <gtest/gtest.h>

namespace test {
namespace {

class RequestBody : public testing::Test {
protected:
    std::string read(std::size_t max) {
        std::string out(max, ' ');
        out.resize(body_.read(out.data(), max));
        return out;
    }
    interp::RequestBody body_;
};

TEST_F(RequestBody, IsCompleteWhenItHasEndedAndIsRead) {
    body_.begin(true, false);
    EXPECT_TRUE(body_.is_awaited());
    body_.add("one");
    body_.add("two");
    EXPECT_FALSE(body_.is_awaited());
    EXPECT_EQ(read(4), "onet");
    body_.end();
    EXPECT_FALSE(body_.is_complete());
    EXPECT_EQ(read(100), "wo");
    EXPECT_TRUE(body_.is_complete());
    EXPECT_FALSE(body_.is_awaited());
}

TEST_F(RequestBody, IsCompleteWhereNoneComes) {
    body_.begin(false, false);
    EXPECT_TRUE(body_.is_complete());
    EXPECT_EQ(read(1), "");
}

TEST_F(RequestBody, ThatHasAHoleGivesWhatStandsBeforeIt) {
    body_.begin(true, false);
    body_.add("good");
    body_.fail("too slow");
    body_.add("behind");
    body_.fail("another reason");
    body_.end();
    EXPECT_FALSE(body_.has_ended());
    EXPECT_EQ(read(100), "good");
    EXPECT_FALSE(body_.is_complete());
    EXPECT_FALSE(body_.is_awaited()) << "nothing comes any more";
    EXPECT_EQ(body_.failure(), "too slow");
}

TEST_F(RequestBody, ThatHasEndedDoesNotFail) {
    body_.begin(true, false);
    body_.add("all");
    body_.end();
    body_.fail("the client has gone");
    EXPECT_EQ(body_.failure(), "");
    EXPECT_EQ(read(100), "all");
    EXPECT_TRUE(body_.is_complete());
}

TEST_F(RequestBody, IsAskedForOnceWhereTheClientHoldsItBackAndSomebodyWaits) {
    body_.begin(true, true);
    EXPECT_TRUE(body_.must_be_asked_for());
    EXPECT_FALSE(body_.must_be_asked_for());
    body_.begin(true, true);
    body_.add("it has come unasked");
    EXPECT_FALSE(body_.must_be_asked_for());
    body_.begin(true, false);
    EXPECT_FALSE(body_.must_be_asked_for());
}

TEST_F(RequestBody, OfTheNextRequestHasNothingOfTheLast) {
    body_.begin(true, true);
    body_.add("old");
    body_.fail("old");
    body_.begin(true, false);
    EXPECT_EQ(body_.size(), 0U);
    EXPECT_EQ(body_.failure(), "");
    EXPECT_TRUE(body_.is_awaited());
}

}  // namespace
}  // namespace test
