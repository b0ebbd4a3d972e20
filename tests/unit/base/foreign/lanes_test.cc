#include "core/base/foreign/lanes.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

using base::Lanes;

namespace {

// Something that happens once. Its copies share it: a thread may still be in happen() when whoever
// waited for it has gone on.
class Event {
public:
    void happen() const { promise_->set_value(); }
    void wait() const { future_.wait(); }

private:
    std::shared_ptr<std::promise<void>> promise_ = std::make_shared<std::promise<void>>();
    std::shared_future<void> future_ = promise_->get_future().share();
};

// Work that ends when it is told to.
struct Gate {
    Event entered;
    Event opened;
    [[nodiscard]] Lanes::Work work() const {
        return [gate = *this] {
            gate.entered.happen();
            gate.opened.wait();
        };
    }
};

TEST(Lanes, OneThatStandsStillHoldsUpNoOther) {
    Lanes lanes({.threads = 2, .threads_per_lane = 1, .waiting_per_lane = 8, .waiting = 16});
    const Gate gate;
    ASSERT_TRUE(lanes.submit("hung", gate.work()));
    gate.entered.wait();
    ASSERT_TRUE(lanes.submit("hung", [] {}));
    const Event done;
    ASSERT_TRUE(lanes.submit("other", [done] { done.happen(); }));
    done.wait();
    gate.opened.happen();
}

TEST(Lanes, TakeTurns) {
    Lanes lanes({.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 8, .waiting = 16});
    const Gate gate;
    ASSERT_TRUE(lanes.submit("first", gate.work()));
    gate.entered.wait();
    std::string order;  // one thread writes it
    const Event done;
    ASSERT_TRUE(lanes.submit("many", [&order] { order += 'm'; }));
    ASSERT_TRUE(lanes.submit("many", [&order] { order += 'm'; }));
    ASSERT_TRUE(lanes.submit("many", [&order, done] {
        order += 'm';
        done.happen();
    }));
    ASSERT_TRUE(lanes.submit("few", [&order] { order += 'f'; }));
    gate.opened.happen();
    done.wait();
    EXPECT_EQ(order, "mfmm");
}

TEST(Lanes, GoInTurnsOfThoseForWhomTheyWork) {
    Lanes lanes({.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 8, .waiting = 16});
    const Gate gate;
    ASSERT_TRUE(lanes.submit("one", gate.work(), 1));
    gate.entered.wait();
    std::string order;  // one thread writes it
    const Event done;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(lanes.submit(
            "one", [&order] { order += 'm'; }, 1
        ));
    }
    ASSERT_TRUE(lanes.submit(
        "one", [&order] { order += 'f'; }, 2
    ));
    ASSERT_TRUE(lanes.submit(
        "one", [&order] { order += 'f'; }, 2
    ));
    ASSERT_TRUE(lanes.submit(
        "one",
        [&order, done] {
            order += 'l';
            done.happen();
        },
        1
    ));
    gate.opened.happen();
    done.wait();
    EXPECT_EQ(order, "mfmfml");
}

TEST(Lanes, RefuseWhatIsTooMuch) {
    Lanes lanes({.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 2, .waiting = 3});
    const Gate gate;
    ASSERT_TRUE(lanes.submit("a", gate.work()));
    gate.entered.wait();
    EXPECT_TRUE(lanes.submit("a", [] {}));
    EXPECT_TRUE(lanes.submit("a", [] {}));
    EXPECT_FALSE(lanes.submit("a", [] {})) << "of one lane";
    EXPECT_TRUE(lanes.submit("b", [] {}));
    EXPECT_FALSE(lanes.submit("c", [] {})) << "of all";
    gate.opened.happen();
}

TEST(Lanes, RefuseWhereThereIsNoThread) {
    Lanes lanes({.threads = 1, .waiting_per_lane = 1}, [](Lanes::Work) -> std::thread {
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    });
    EXPECT_FALSE(lanes.submit("a", [] {}));
    EXPECT_FALSE(lanes.submit("a", [] {}));
    EXPECT_FALSE(lanes.is_manned());
}

}  // namespace
