// Channels over real socketpairs: descriptors stay with their frames, a full socket is no error, a
// closed one is.
#include "ipc/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/unit/standing_close.h"
#include "tests/unit/ipc/channel_pair.h"

namespace {

using ipc::Channel;
using ipc::FrameType;

// The next frame, which the other end has sent already.
ipc::Frame next_of(Channel& channel) {
    auto frame = channel.wait_next();
    EXPECT_TRUE(frame && *frame) << "the other end has closed, or broke the protocol";
    return frame && *frame ? **frame : ipc::Frame{};
}

std::vector<base::Fd> files(const std::vector<std::string>& contents) {
    std::vector<base::Fd> all;
    for (const std::string& content : contents) {
        all.push_back(test::file_with(content));
    }
    return all;
}

TEST(IpcChannel, CarriesFramesBothWays) {
    test::ChannelPair pair;
    pair.first.outbox().frame(FrameType::kReady, 0, 0, "there");
    pair.second.outbox().frame(FrameType::kStop, 0, 0, "back");
    ASSERT_TRUE(*pair.first.flush());
    ASSERT_TRUE(*pair.second.flush());
    EXPECT_EQ(next_of(pair.second).payload, "there");
    EXPECT_EQ(next_of(pair.first).payload, "back");
}

TEST(IpcChannel, KeepsDescriptorsWithTheirFrames) {
    test::ChannelPair pair;
    ipc::Outbox& outbox = pair.first.outbox();
    outbox.frame(FrameType::kReady, 0, 0, "none");
    outbox.frame_with(FrameType::kLink, 1, files({"a"}), "one");
    outbox.frame(FrameType::kBody, 2, 0, "none");
    outbox.frame_with(FrameType::kLink, 3, files({"b", "c", "d"}), "three");
    outbox.frame_with(FrameType::kLink, 4, files({"e"}), "");
    outbox.frame_with(FrameType::kLink, 5, {}, "still none");
    ASSERT_TRUE(pair.first.flush_all());

    const std::vector<std::vector<std::string>> expected = {
        {}, {"a"}, {}, {"b", "c", "d"}, {"e"}, {}};
    for (const std::vector<std::string>& contents : expected) {
        const ipc::Frame frame = next_of(pair.second);
        EXPECT_EQ(frame.header.descriptors, contents.size());
        for (const std::string& content : contents) {
            const base::Fd fd = pair.second.take_descriptor();
            EXPECT_EQ(test::content_of(fd), content);
            EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
        }
        EXPECT_FALSE(pair.second.take_descriptor().is_open());
    }
}

TEST(IpcChannel, CarriesAsManyDescriptorsAsAFrameMayHave) {
    test::ChannelPair pair;
    std::vector<base::Fd> many;
    for (std::size_t i = 0; i < ipc::kDescriptorsMax; ++i) {
        many.push_back(test::file_with(std::to_string(i)));
    }
    pair.first.outbox().frame_with(FrameType::kSetup, 0, std::move(many), "setup");
    ASSERT_TRUE(pair.first.flush_all());
    EXPECT_EQ(next_of(pair.second).header.descriptors, ipc::kDescriptorsMax);
    for (std::size_t i = 0; i < ipc::kDescriptorsMax; ++i) {
        EXPECT_EQ(test::content_of(pair.second.take_descriptor()), std::to_string(i));
    }
}

TEST(IpcChannel, KeepsDescriptorsWithFramesThatTheSocketCannotTakeAtOnce) {
    test::ChannelPair pair({4096, 4096});
    constexpr std::uint32_t kFrames = 40;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
        pair.first.outbox().frame(FrameType::kBody, i, 0, std::string(1000 + 97 * i, 'x'));
        pair.first.outbox().frame_with(
            FrameType::kLink, i, files({std::to_string(i)}), std::string(i, 'y')
        );
    }
    EXPECT_FALSE(*pair.first.flush());
    for (std::uint32_t i = 0; i < 2 * kFrames; ++i) {
        for (;;) {
            ASSERT_TRUE(pair.first.flush());
            const auto frame = pair.second.next();
            ASSERT_TRUE(frame);
            if (*frame) {
                EXPECT_EQ((*frame)->header.stream, i / 2);
                break;
            }
            ASSERT_EQ(*pair.second.receive(), Channel::Received::kSome);
        }
        if (i % 2 == 1) {
            EXPECT_EQ(test::content_of(pair.second.take_descriptor()), std::to_string(i / 2));
        }
    }
    EXPECT_TRUE(pair.first.outbox().is_empty());
}

TEST(IpcChannel, SaysThatAFullSocketHasNoRoomAndGoesOnLater) {
    test::ChannelPair pair({4096, 4096});
    const std::string payload(ipc::kPayloadMax, 'p');
    pair.first.outbox().frame(FrameType::kHead, 1, 0, payload);
    EXPECT_FALSE(*pair.first.flush());
    EXPECT_FALSE(*pair.first.flush());
    EXPECT_FALSE(pair.first.outbox().is_empty());
    bool is_sent = false;
    while (!is_sent) {
        ASSERT_EQ(*pair.second.receive(), Channel::Received::kSome);
        is_sent = *pair.first.flush();
    }
    EXPECT_EQ(next_of(pair.second).payload, payload);
}

TEST(IpcChannel, HasNothingYet) {
    test::ChannelPair pair;
    EXPECT_EQ(*pair.first.receive(), Channel::Received::kNothingYet);
    EXPECT_FALSE(*pair.first.next());
}

TEST(IpcChannel, HearsThatTheOtherEndHasClosed) {
    test::ChannelPair pair;
    pair.second.outbox().frame(FrameType::kReady, 0, 0, "last words");
    ASSERT_TRUE(*pair.second.flush());
    pair.second.close();
    EXPECT_FALSE(pair.second.is_open());
    EXPECT_EQ(next_of(pair.first).payload, "last words");
    const auto nothing = pair.first.wait_next();
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
}

TEST(IpcChannel, CannotSendToAClosedEnd) {
    test::ChannelPair pair;
    pair.second.close();
    pair.first.outbox().frame(FrameType::kReady, 0, 0, {});
    EXPECT_FALSE(pair.first.flush().has_value());
}

TEST(IpcChannel, IsClosedWhenTheOtherEndDropsWhatItHadNotRead) {
    test::ChannelPair pair;
    pair.first.outbox().frame(FrameType::kReady, 0, 0, "unread");
    ASSERT_TRUE(*pair.first.flush());
    pair.second.close();
    const auto received = pair.first.receive();
    ASSERT_TRUE(received);
    EXPECT_EQ(*received, Channel::Received::kClosed);
}

TEST(IpcChannel, RefusesAStreamThatIsNotOurs) {
    test::ChannelPair pair;
    ASSERT_EQ(::write(pair.first.fd(), "GET / HTTP/1.1\r\n", 16), 16);
    EXPECT_FALSE(pair.second.wait_next().has_value());
}

TEST(IpcControlPair, CarriesFramesBothWaysAndDescriptorsToTheChild) {
    auto pair = ipc::make_control_pair();
    ASSERT_TRUE(pair);
    Channel child(std::move(pair->socket));
    child.report_through(std::move(pair->reports));
    pair->parent.outbox().frame_with(FrameType::kLink, 1, files({"a"}), "down");
    child.outbox().frame(FrameType::kReady, 0, 0, "up");
    ASSERT_TRUE(*pair->parent.flush());
    ASSERT_TRUE(*child.flush());
    EXPECT_EQ(next_of(child).payload, "down");
    EXPECT_EQ(test::content_of(child.take_descriptor()), "a");
    EXPECT_EQ(next_of(pair->parent).payload, "up");
    child.close();
    const auto nothing = pair->parent.wait_next();
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
}

// A hostile child has nothing but its two descriptors.
TEST(IpcControlPair, LetsNoChildPassADescriptor) {
    auto pair = ipc::make_control_pair();
    ASSERT_TRUE(pair);
    Channel child(base::Fd(::fcntl(pair->socket.get(), F_DUPFD_CLOEXEC, 0)));
    child.outbox().frame_with(FrameType::kLink, 1, files({"a"}), "up");
    EXPECT_FALSE(child.flush()) << "the kernel refuses it";
    EXPECT_EQ(*pair->parent.receive(), Channel::Received::kNothingYet);
}

TEST(IpcSocketPair, IsNonBlockingAndClosedOnExec) {
    const auto pair = ipc::make_socket_pair();
    ASSERT_TRUE(pair);
    for (const base::Fd* fd : {&pair->first, &pair->second}) {
        EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
        EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
    }
}

TEST(IpcSocketPair, HasTheBuffersThatWereAskedForSeenFromItsFirstEnd) {
    const auto pair = ipc::make_socket_pair({8192, 16384});
    ASSERT_TRUE(pair);
    EXPECT_EQ(ipc::granted_buffer_sizes(pair->first.get()).send, 2 * 8192U);
    EXPECT_EQ(ipc::granted_buffer_sizes(pair->first.get()).receive, 2 * 16384U);
    EXPECT_EQ(ipc::granted_buffer_sizes(pair->second.get()).receive, 2 * 8192U);
    EXPECT_EQ(ipc::granted_buffer_sizes(pair->second.get()).send, 2 * 16384U);
}

// Out of band the kernel would drop it, and close what came with it while the next byte is read.
TEST(IpcSocketPair, HasNothingOutOfBand) {
    auto pair = ipc::make_socket_pair();
    ASSERT_TRUE(pair);
    ASSERT_EQ(::send(pair->first.get(), "1", 1, MSG_OOB), 1);
    ASSERT_EQ(::send(pair->first.get(), "2", 1, 0), 1);
    std::string all;
    char byte = 0;
    while (::recv(pair->second.get(), &byte, 1, MSG_DONTWAIT) == 1) {
        all += byte;
    }
    EXPECT_EQ(all, "12");
}

TEST(IpcLinkSocket, IsClosedAtOnceWhereNothingLiesInIt) {
    auto pair = ipc::make_socket_pair();
    ASSERT_TRUE(pair);
    const int number = pair->first.get();
    ipc::close_link(std::move(pair->first), base::DisposalLane("usual"));
    EXPECT_LT(::fcntl(number, F_GETFD), 0);
    char byte = 0;
    EXPECT_EQ(::recv(pair->second.get(), &byte, 1, 0), 0);
}

TEST(IpcLinkSocket, IsDisposedOfWithWhatLiesInIt) {
    const base::DisposalLane standing("stands");
    test::StandingClose first = test::standing_close();
    base::dispose(std::move(first.socket), standing);
    auto pair = ipc::make_socket_pair();
    ASSERT_TRUE(pair);
    ASSERT_EQ(::send(pair->second.get(), "x", 1, 0), 1);
    const int number = pair->first.get();
    ipc::close_link(std::move(pair->first), standing);
    EXPECT_GE(::fcntl(number, F_GETFD), 0) << "its turn has not come";
    char byte = 0;
    EXPECT_EQ(::recv(pair->second.get(), &byte, 1, 0), 0) << "but the other end hears of it";
}

}  // namespace
