// What is being sent stays where it is, whatever gathers meanwhile, and all goes out in order.
#include "core/server/links/staged_outbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "tests/unit/ipc/channel_pair.h"

namespace test {
namespace {

using ipc::FrameType;

std::string_view bytes_of(const msghdr& message) {
    return {static_cast<const char*>(message.msg_iov->iov_base), message.msg_iov->iov_len};
}

// The payload of a message of one frame.
std::string_view payload_of(const msghdr& message) {
    return bytes_of(message).substr(sizeof(ipc::FrameHeader));
}

class StagedOutbox : public testing::Test {
protected:
    void add(std::string_view payload) {
        outbox_.gathering().frame(FrameType::kBody, 0, 0, payload);
    }
    // All that waits, as a kernel takes it that never takes more than `most` bytes.
    std::string send_all(std::size_t most) {
        std::string sent;
        while (const msghdr* const message = outbox_.stage()) {
            const auto taken = bytes_of(*message).substr(0, most);
            sent += taken;
            outbox_.sent(taken.size());
        }
        return sent;
    }

    server::StagedOutbox outbox_;
};

TEST_F(StagedOutbox, HasNothingToSendAtFirst) {
    EXPECT_EQ(outbox_.stage(), nullptr);
    EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(StagedOutbox, LeavesWhatIsInFlightWhereItIsWhileFramesGather) {
    add("first");
    const msghdr* const message = outbox_.stage();
    ASSERT_NE(message, nullptr);
    const std::string_view in_flight = bytes_of(*message);
    const std::string before(in_flight);
    add(std::string(1'000'000, 'x'));
    outbox_.rest();
    EXPECT_EQ(in_flight, before);
    EXPECT_EQ(outbox_.size(), before.size() + sizeof(ipc::FrameHeader) + 1'000'000);
    outbox_.sent(in_flight.size());
    EXPECT_EQ(outbox_.size(), sizeof(ipc::FrameHeader) + 1'000'000);
}

TEST_F(StagedOutbox, SendsTheRestOfAShortSendBeforeWhatHasGathered) {
    add("first");
    const msghdr* const message = outbox_.stage();
    ASSERT_NE(message, nullptr);
    const std::string before(bytes_of(*message));
    outbox_.sent(before.size() - 3);
    add("second");
    const msghdr* const rest = outbox_.stage();
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ(bytes_of(*rest), "rst");
    outbox_.sent(3);
    const msghdr* const next = outbox_.stage();
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(payload_of(*next), "second");
}

TEST_F(StagedOutbox, SendsTheSameHoweverLittleTheKernelTakes) {
    for (const std::size_t most : {1U, 7U, 100'000U}) {
        for (const char* const payload : {"one", "two", "three"}) {
            add(payload);
        }
        const std::string all(outbox_.gathering().bytes());
        EXPECT_EQ(send_all(most), all);
        EXPECT_EQ(outbox_.size(), 0U);
    }
}

TEST_F(StagedOutbox, KeepsADescriptorUntilTheFirstByteOfItsFrameHasBeenSent) {
    std::vector<base::Fd> descriptors;
    descriptors.push_back(test::file_with("attached"));
    const int fd = descriptors.front().get();
    outbox_.gathering().frame_with(FrameType::kDescriptor, 0, std::move(descriptors), "piece");
    const msghdr* const message = outbox_.stage();
    ASSERT_NE(message, nullptr);
    EXPECT_GT(message->msg_controllen, 0U);
    EXPECT_NE(::fcntl(fd, F_GETFD), -1);
    outbox_.sent(1);
    EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
    const msghdr* const rest = outbox_.stage();
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ(rest->msg_controllen, 0U);
}

}  // namespace
}  // namespace test
