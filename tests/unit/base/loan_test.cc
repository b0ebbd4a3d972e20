#include "core/base/loan.h"

#include <gtest/gtest.h>

#include <utility>

namespace test {
namespace {

class Loan : public testing::Test, protected base::Loan::Lender {
protected:
    void give_back(void* owner) noexcept override {
        EXPECT_EQ(owner, this);
        ++given_back_;
    }
    base::Loan lend() { return {*this, this, "bytes"}; }
    int given_back_ = 0;
};

TEST_F(Loan, EndsOnceHoweverOftenItMoves) {
    {
        base::Loan first = lend();
        EXPECT_TRUE(first.is_open());
        base::Loan second = std::move(first);
        base::Loan third;
        EXPECT_FALSE(third.is_open());
        third = std::move(second);
        EXPECT_EQ(third.bytes(), "bytes");
        EXPECT_EQ(given_back_, 0);
    }
    EXPECT_EQ(given_back_, 1);
}

TEST_F(Loan, EndsWhenAnotherTakesItsPlace) {
    base::Loan loan = lend();
    loan = lend();
    EXPECT_EQ(given_back_, 1);
    loan = {};
    EXPECT_EQ(given_back_, 2);
    EXPECT_FALSE(loan.is_open());
    EXPECT_EQ(loan.bytes(), "");
}

}  // namespace
}  // namespace test
