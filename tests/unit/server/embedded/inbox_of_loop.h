// An Inbox and the loop that it belongs to, which does not run: the test is the loop.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "core/loop/loop.h"
#include "core/server/embedded/inbox.h"

namespace test {

class InboxOfLoop : public testing::Test {
protected:
    InboxOfLoop() {
        auto ring = loop::create_ring(loop::Backend::kEpoll);
        EXPECT_TRUE(ring.has_value());
        auto made = loop::Loop::create(std::move(ring->ring));
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        inbox_ = std::make_unique<server::Inbox>(*loop_);
    }

    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<server::Inbox> inbox_;
};

}  // namespace test
