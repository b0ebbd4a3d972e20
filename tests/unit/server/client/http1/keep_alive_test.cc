// Whether a connection lives on behind an answer (RFC 9112 section 9.3).
#include "core/server/client/http1/keep_alive.h"

#include <gtest/gtest.h>

#include "tests/unit/server/served_text.h"

namespace test {
namespace {

using server::KeepAlive;

class KeepAliveTest : public testing::Test {
protected:
    void configure(const std::string& text) { served_ = ServedText::of(text); }
    void ask() { keep_alive_.on_request(request_, served_->hosts[0]); }

    std::shared_ptr<const server::Served> served_ = ServedText::of("KeepAlive On\n");
    http::Request request_;
    KeepAlive keep_alive_;
};

TEST_F(KeepAliveTest, FollowsTheClientsWish) {
    request_.keep_alive = true;
    ask();
    EXPECT_FALSE(keep_alive_.has_ended());
    request_.keep_alive = false;
    ask();
    EXPECT_TRUE(keep_alive_.has_ended());
    EXPECT_EQ(keep_alive_.requests(), 2);
}

TEST_F(KeepAliveTest, EndsWhereTheConfigurationSaysSo) {
    configure("KeepAlive Off\n");
    request_.keep_alive = true;
    ask();
    EXPECT_TRUE(keep_alive_.has_ended());
}

TEST_F(KeepAliveTest, EndsWithTheLastRequestThatAConnectionMayHave) {
    configure("MaxKeepAliveRequests 2\n");
    request_.keep_alive = true;
    ask();
    EXPECT_FALSE(keep_alive_.has_ended());
    ask();
    EXPECT_TRUE(keep_alive_.has_ended());
}

TEST_F(KeepAliveTest, HasNoLastRequestWhereThereIsNoBound) {
    configure("MaxKeepAliveRequests 0\n");
    request_.keep_alive = true;
    for (int i = 0; i < 1000; ++i) {
        ask();
    }
    EXPECT_FALSE(keep_alive_.has_ended());
}

TEST_F(KeepAliveTest, IsNeverTakenUpAgain) {
    keep_alive_.end();
    request_.keep_alive = true;
    ask();
    EXPECT_TRUE(keep_alive_.has_ended());
}

}  // namespace
}  // namespace test
