// Result, Error and TRY; CHECK.
#include "core/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

#include "core/base/check.h"

namespace {

using base::Error;
using base::fail;
using base::Fault;
using base::Result;

Result<int> half(int number) {
    if (number % 2 != 0) {
        return fail(Fault::kConfig, "odd: " + std::to_string(number));
    }
    return number / 2;
}

Result<int> quarter(int number) {
    const int first = TRY(half(number));
    return TRY(half(first));
}

Result<> check_even(int number) {
    TRY(half(number));
    return {};
}

Result<std::string> even_word(int number) {
    TRY(check_even(number));
    return std::string("even");
}

TEST(Result, CarriesAValue) {
    const Result<int> result = half(8);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(*result, 4);
}

TEST(Result, CarriesWhoIsToBlameAndWhy) {
    const Result<int> result = half(7);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, Fault::kConfig);
    EXPECT_EQ(result.error().what, "odd: 7");
}

TEST(Result, TryTakesTheValue) { EXPECT_EQ(quarter(8).value_or(-1), 2); }

TEST(Result, TryPassesTheFirstErrorUp) {
    EXPECT_EQ(quarter(7).error().what, "odd: 7");
    EXPECT_EQ(quarter(6).error().what, "odd: 3");
}

TEST(Result, TryConvertsBetweenResultTypes) {
    EXPECT_EQ(even_word(2).value_or(""), "even");
    EXPECT_EQ(even_word(3).error().what, "odd: 3");
}

TEST(Result, TryMovesWhatCannotBeCopied) {
    const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
    const auto use = [&make]() -> Result<int> {
        const std::unique_ptr<int> pointer = TRY(make());
        return *pointer;
    };
    EXPECT_EQ(use().value_or(-1), 5);
}

TEST(Result, FailErrnoNamesTheCallAndTheReason) {
    const Result<> result = base::fail_errno("open /x", ENOENT);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().fault, Fault::kSystem);
    EXPECT_EQ(result.error().what, "open /x: No such file or directory");
}

TEST(Check, LetsTheTruthPass) {
    CHECK(1 + 1 == 2);
    SUCCEED();
}

TEST(CheckDeathTest, AbortsWithTheConditionAndThePlace) {
    EXPECT_DEATH(CHECK(1 + 1 == 3), "CHECK failed at .*result_test.cc:[0-9]+: 1 \\+ 1 == 3");
}

}  // namespace
