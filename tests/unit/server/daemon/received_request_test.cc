// A request as the leader of a daemon process receives it: what each frame does, and what breaks
// the protocol. The test is the leader and the pool thread.
#include "core/server/daemon/received_request.h"

#include <gtest/gtest.h>

#include <string>

#include "ipc/messages.h"
#include "ipc/wire.h"

namespace test {
namespace {

using ipc::FrameType;

class ReceivedRequest : public testing::Test {
protected:
    ReceivedRequest() { request_.begin(true, 100); }

    // A frame, of which one is looked at at a time.
    const ipc::Frame& frame(FrameType type, std::string payload = {}, bool is_last = false) {
        payload_ = std::move(payload);
        frame_.header = {
            static_cast<std::uint32_t>(payload_.size()),
            0,
            type,
            static_cast<std::uint8_t>(is_last ? ipc::kLast : 0),
            0};
        frame_.payload = payload_;
        return frame_;
    }
    static std::string number(std::uint32_t value) {
        std::string bytes;
        ipc::WireWriter(bytes).number(value);
        return bytes;
    }
    static std::string reason(const std::string& text) {
        std::string bytes;
        ipc::encode_abort({400, text}, bytes);
        return bytes;
    }
    // The other end keeps to the protocol; whether the pool thread is to look again.
    static bool heard(const base::Result<bool>& result) {
        EXPECT_TRUE(result.has_value());
        return result.value_or(false);
    }
    std::string read() {
        std::string out(ipc::kWindow, ' ');
        out.resize(request_.body().read(out.data(), out.size()));
        return out;
    }

    server::ReceivedRequest request_;
    ipc::Frame frame_;
    std::string payload_;
};

TEST_F(ReceivedRequest, TellsOnlyAThreadThatWaits) {
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, "one"))));
    EXPECT_FALSE(request_.awaits_body()) << "some of it is here";
    EXPECT_EQ(read(), "one");
    EXPECT_TRUE(request_.awaits_body());
    EXPECT_TRUE(heard(request_.on_body(frame(FrameType::kBody, "two"))));
    EXPECT_FALSE(request_.awaits_body());
    EXPECT_EQ(read(), "two");
    EXPECT_TRUE(request_.awaits_body());
    EXPECT_TRUE(request_.on_end());
    EXPECT_FALSE(request_.awaits_body());
    EXPECT_TRUE(request_.body().is_complete());
}

TEST_F(ReceivedRequest, GivesBackRoomInHalvesOfTheWindow) {
    const std::string half(ipc::kWindow / 2, 'x');
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, half))));
    EXPECT_EQ(request_.room_behind(half.size() - 1), 0U);
    EXPECT_EQ(request_.room_behind(1), ipc::kWindow / 2);
    EXPECT_EQ(request_.room_behind(1), 0U);
}

TEST_F(ReceivedRequest, GivesBackNoRoomBehindTheEnd) {
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, std::string(1000, 'x')))));
    EXPECT_FALSE(request_.on_end());
    EXPECT_EQ(request_.room_behind(ipc::kWindow), 0U);
}

TEST_F(ReceivedRequest, TakesNoMoreThanTheWindow) {
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, std::string(ipc::kWindow, 'x')))));
    EXPECT_FALSE(request_.on_body(frame(FrameType::kBody, "x")).has_value());
}

TEST_F(ReceivedRequest, TakesNoBodyBehindItsEnd) {
    EXPECT_FALSE(request_.on_end());
    EXPECT_FALSE(request_.on_body(frame(FrameType::kBody, "x")).has_value());
}

TEST_F(ReceivedRequest, HasAHoleWhereThereWasNoMemory) {
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, "good"))));
    EXPECT_FALSE(request_.on_no_memory());
    EXPECT_FALSE(heard(request_.on_body(frame(FrameType::kBody, "behind"))));
    EXPECT_FALSE(request_.on_end());
    EXPECT_EQ(read(), "good");
    EXPECT_FALSE(request_.body().has_ended());
    EXPECT_EQ(request_.body().failure(), "out of memory");
    EXPECT_FALSE(request_.awaits_body());
}

TEST_F(ReceivedRequest, LosesItsBodyOrItsClient) {
    EXPECT_TRUE(request_.awaits_body());
    EXPECT_TRUE(heard(request_.on_abort(frame(FrameType::kAbort, reason("too slow")))));
    EXPECT_EQ(request_.body().failure(), "too slow");
    EXPECT_FALSE(request_.is_abandoned()) << "it still gets its answer";
    EXPECT_FALSE(request_.awaits_window()) << "there is room";
    EXPECT_FALSE(heard(request_.on_abort(frame(FrameType::kAbort, reason("gone"), true))));
    EXPECT_TRUE(request_.is_abandoned());
}

TEST_F(ReceivedRequest, WaitsForTheWindowUntilThereIsRoomOrItsClientHasGone) {
    request_.use_window(ipc::kWindow);
    EXPECT_TRUE(request_.awaits_window());
    EXPECT_TRUE(heard(request_.on_window(frame(FrameType::kWindow, number(10)))));
    EXPECT_EQ(request_.window(), 10U);
    EXPECT_FALSE(request_.awaits_window());
    request_.use_window(10);
    EXPECT_TRUE(request_.awaits_window());
    request_.on_link_lost();
    EXPECT_FALSE(request_.awaits_window());
}

TEST_F(ReceivedRequest, TakesNoWindowThatIsTooLargeOrMalformed) {
    EXPECT_FALSE(request_.on_window(frame(FrameType::kWindow, number(1))).has_value());
    EXPECT_FALSE(request_.on_window(frame(FrameType::kWindow, "x")).has_value());
    EXPECT_FALSE(request_.on_abort(frame(FrameType::kAbort, "x")).has_value());
}

TEST_F(ReceivedRequest, BeginsAnewForTheNext) {
    request_.use_window(ipc::kWindow);
    request_.on_link_lost();
    EXPECT_FALSE(request_.on_no_memory());
    request_.drop();
    request_.begin(false, 100);
    EXPECT_EQ(request_.window(), ipc::kWindow);
    EXPECT_FALSE(request_.is_abandoned());
    EXPECT_TRUE(request_.body().is_complete());
}

TEST_F(ReceivedRequest, KeepsNothingOfALargeHead) {
    request_.begin(false, server::ReceivedRequest::kKept + 1);
    request_.parcel.request.target = "/large";
    request_.drop();
    EXPECT_EQ(request_.parcel.request.target, "");
}

}  // namespace
}  // namespace test
