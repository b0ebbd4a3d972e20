// What waits to be mapped: by virtual host and client.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "core/server/dispatch/aside/side_mapper.h"

namespace test {
namespace {

// 16 may wait. The only thread stands still until the test ends; then whatever waits is dropped.
class SideQueueTest : public testing::Test {
protected:
    SideQueueTest() {
        const auto gate = opened_.get_future().share();
        EXPECT_TRUE(queue_.lanes().submit("gate", [gate] { gate.wait(); }));
    }
    ~SideQueueTest() override { opened_.set_value(); }

    bool submit(std::uint32_t host, const std::string& address) {
        auto job = std::make_shared<server::SideJob>();
        job->known.host = host;
        job->parcel.facts.remote_addr = address;
        job->is_dropped = true;  // nobody waits for it
        return queue_.submit(std::to_string(host), job, nullptr);
    }
    int submit_all(std::uint32_t host, const std::string& address) {
        int count = 0;
        while (submit(host, address)) {
            ++count;
        }
        return count;
    }

    std::promise<void> opened_;
    server::SideQueue queue_{16, 1, 1, 0};
};

TEST_F(SideQueueTest, LeavesOthersOfTheHostHalfOfItsPlaces) {
    EXPECT_EQ(submit_all(0, "192.0.2.1"), 4);
    EXPECT_EQ(submit_all(0, "192.0.2.2"), 2);
    EXPECT_TRUE(submit(0, "192.0.2.3"));
}

TEST_F(SideQueueTest, LeavesOthersHalfWhateverHostsOneClientAsksAt) {
    int all = 0;
    for (std::uint32_t host = 0; host < 20; ++host) {
        all += submit_all(host, "192.0.2.1");
    }
    EXPECT_LE(all, 8);
    EXPECT_EQ(submit_all(20, "192.0.2.2"), 2);
}

}  // namespace
}  // namespace test
