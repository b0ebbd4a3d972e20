// Frames: what an Outbox queues is what a FrameReader yields, however the bytes are cut; and what a
// hostile process may send instead.
#include "ipc/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/ipc/channel_pair.h"

namespace {

using ipc::Frame;
using ipc::FrameHeader;
using ipc::FrameReader;
using ipc::FrameType;
using ipc::Outbox;

// A frame that outlives its reader's block.
struct Kept {
    FrameType type;
    std::uint32_t stream;
    std::uint8_t flags;
    std::string payload;
    bool operator==(const Kept&) const = default;
};

std::string bytes_of(Outbox& outbox) {
    std::string all;
    Outbox::Message message;
    while (outbox.prepare(message)) {
        all.append(static_cast<const char*>(message.part.iov_base), message.part.iov_len);
        outbox.sent(message.part.iov_len);
    }
    return all;
}

void feed(FrameReader& reader, std::string_view bytes) {
    while (!bytes.empty()) {
        const FrameReader::Space space = reader.space();
        const std::size_t count = std::min(space.size, bytes.size());
        std::memcpy(space.data, bytes.data(), count);
        reader.received(count);
        bytes.remove_prefix(count);
    }
}

std::vector<Kept> read_all(FrameReader& reader) {
    std::vector<Kept> frames;
    for (;;) {
        const auto frame = reader.next();
        EXPECT_TRUE(frame.has_value());
        if (!frame || !*frame) {
            return frames;
        }
        const FrameHeader& header = (*frame)->header;
        frames.push_back({header.type, header.stream, header.flags, std::string((*frame)->payload)}
        );
    }
}

std::vector<Kept> sample() {
    return {
        {FrameType::kHead, 7, 0, "head"},
        {FrameType::kBody, 7, ipc::kLast, std::string(300, 'b')},
        {FrameType::kEnd, 0xffffffff, 0, ""},
        {FrameType::kStop, 0, 0, std::string("\0\r\n", 3)},
    };
}

void queue(Outbox& outbox, const std::vector<Kept>& frames) {
    for (const Kept& frame : frames) {
        outbox.frame(frame.type, frame.stream, frame.flags, frame.payload);
    }
}

std::string raw(const FrameHeader& header, std::string_view payload = {}) {
    std::string bytes(sizeof header, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes.append(payload);
}

TEST(IpcFrame, ArrivesWholeHoweverTheBytesAreCutInTwo) {
    Outbox outbox;
    queue(outbox, sample());
    const std::string bytes = bytes_of(outbox);
    EXPECT_TRUE(outbox.is_empty());
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        FrameReader reader;
        feed(reader, std::string_view(bytes).substr(0, cut));
        std::vector<Kept> frames = read_all(reader);
        feed(reader, std::string_view(bytes).substr(cut));
        std::ranges::move(read_all(reader), std::back_inserter(frames));
        EXPECT_EQ(frames, sample()) << "cut at " << cut;
    }
}

TEST(IpcFrame, ArrivesWholeInPiecesOfAnySize) {
    Outbox outbox;
    queue(outbox, sample());
    const std::string bytes = bytes_of(outbox);
    for (std::size_t piece = 1; piece < 40; ++piece) {
        FrameReader reader;
        std::vector<Kept> frames;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            feed(reader, std::string_view(bytes).substr(at, piece));
            std::ranges::move(read_all(reader), std::back_inserter(frames));
        }
        EXPECT_EQ(frames, sample()) << "pieces of " << piece;
    }
}

TEST(IpcFrame, IsSentInPartsOfAnySize) {
    for (std::size_t part = 1; part < 50; ++part) {
        Outbox outbox;
        queue(outbox, sample());
        FrameReader reader;
        Outbox::Message message;
        while (outbox.prepare(message)) {
            const std::size_t count = std::min(part, message.part.iov_len);
            feed(reader, {static_cast<const char*>(message.part.iov_base), count});
            outbox.sent(count);
        }
        EXPECT_EQ(read_all(reader), sample()) << "parts of " << part;
    }
}

TEST(IpcFrame, TakesFurtherFramesBetweenPartialSends) {
    Outbox outbox;
    FrameReader reader;
    Outbox::Message message;
    std::vector<Kept> expected;
    for (std::uint32_t i = 0; i < 200; ++i) {
        expected.push_back({FrameType::kBody, i, 0, std::string(i, 'x')});
        queue(outbox, {expected.back()});
        ASSERT_TRUE(outbox.prepare(message));
        const std::size_t count = std::min<std::size_t>(message.part.iov_len, i % 37);
        feed(reader, {static_cast<const char*>(message.part.iov_base), count});
        outbox.sent(count);
    }
    feed(reader, bytes_of(outbox));
    EXPECT_EQ(read_all(reader), expected);
}

TEST(IpcFrame, CanBeWrittenInPlace) {
    Outbox outbox;
    outbox.frame(FrameType::kEnd, 1, 0, {});
    const std::size_t opened = outbox.open(FrameType::kHead, 9);
    outbox.bytes() += "written in place";
    outbox.close(opened, ipc::kLast);
    outbox.frame(FrameType::kEnd, 2, 0, {});
    FrameReader reader;
    feed(reader, bytes_of(outbox));
    const std::vector<Kept> expected = {
        {FrameType::kEnd, 1, 0, ""},
        {FrameType::kHead, 9, ipc::kLast, "written in place"},
        {FrameType::kEnd, 2, 0, ""},
    };
    EXPECT_EQ(read_all(reader), expected);
}

TEST(IpcFrame, CanBeTheLastAfterAll) {
    Outbox outbox;
    outbox.frame(FrameType::kReady, 0, 0, {});
    const Outbox::Place place = outbox.next_place();
    outbox.frame(FrameType::kHead, 9, ipc::kWithBody, "head");
    outbox.frame(FrameType::kEnd, 2, 0, {});
    outbox.sent(sizeof(FrameHeader));  // what stands before it may have gone
    EXPECT_TRUE(outbox.mark_last(place));
    FrameReader reader;
    feed(reader, bytes_of(outbox));
    const std::vector<Kept> expected = {
        {FrameType::kHead, 9, ipc::kWithBody | ipc::kLast, "head"},
        {FrameType::kEnd, 2, 0, ""},
    };
    EXPECT_EQ(read_all(reader), expected);
}

TEST(IpcFrame, CannotBeTheLastOnceTheKernelHasSomeOfIt) {
    Outbox outbox;
    for (const std::size_t sent : {std::size_t{1}, sizeof(FrameHeader) + 4}) {
        const Outbox::Place place = outbox.next_place();
        outbox.frame(FrameType::kHead, 9, 0, "head");
        outbox.sent(sent);
        outbox.frame(FrameType::kEnd, 2, 0, {});
        EXPECT_FALSE(outbox.mark_last(place)) << sent;
        outbox.drop_all();
        EXPECT_FALSE(outbox.mark_last(place)) << sent;
    }
}

TEST(IpcFrame, CountsWhatWaits) {
    Outbox outbox;
    EXPECT_TRUE(outbox.is_empty());
    Outbox::Message message;
    EXPECT_FALSE(outbox.prepare(message));
    outbox.frame(FrameType::kBody, 1, 0, "12345");
    EXPECT_EQ(outbox.size(), sizeof(FrameHeader) + 5);
    outbox.sent(10);
    EXPECT_EQ(outbox.size(), sizeof(FrameHeader) + 5 - 10);
    outbox.sent(7);
    EXPECT_TRUE(outbox.is_empty());
    EXPECT_FALSE(outbox.prepare(message));
}

TEST(IpcFrame, HoldsTheLargestPayload) {
    const std::string payload(ipc::kPayloadMax, 'p');
    Outbox outbox;
    outbox.frame(FrameType::kHead, 3, 0, payload);
    FrameReader reader;
    feed(reader, bytes_of(outbox));
    const std::vector<Kept> frames = read_all(reader);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].payload, payload);
}

TEST(IpcFrameReader, GivesMoreRoomWhileReadsFillIt) {
    FrameReader reader;
    const std::size_t at_first = reader.space().size;
    EXPECT_GE(at_first, 4096U);
    std::size_t filled = 0;
    for (int i = 0; i < 8; ++i) {
        const FrameReader::Space space = reader.space();
        // Frames without payload fill it to the last byte but the rest of a header.
        std::string frames;
        while (frames.size() < space.size) {
            frames += raw({0, 1, FrameType::kEnd, 0, 0});
        }
        std::memcpy(space.data, frames.data(), space.size);
        reader.received(space.size);
        filled = space.size;
        while (*reader.next()) {
        }
        feed(reader, std::string_view(frames).substr(space.size));
        while (*reader.next()) {
        }
    }
    EXPECT_GT(filled, at_first);
}

TEST(IpcFrameReader, ClosesOnASizeThatIsTooLarge) {
    for (const std::uint32_t size :
         {static_cast<std::uint32_t>(ipc::kPayloadMax) + 1, 0x7fffffffU, 0xffffffffU}) {
        FrameReader reader;
        feed(reader, raw({size, 1, FrameType::kBody, 0, 0}));
        EXPECT_FALSE(reader.next().has_value()) << size;
    }
}

TEST(IpcFrameReader, ClosesOnATypeThatDoesNotExist) {
    for (int type = 0; type < 256; ++type) {
        const bool exists = type >= static_cast<int>(FrameType::kHead) &&
                            type <= static_cast<int>(ipc::kFrameTypeLast);
        FrameReader reader;
        feed(reader, raw({0, 1, static_cast<FrameType>(type), 0, 0}));
        EXPECT_EQ(reader.next().has_value(), exists) << type;
    }
}

TEST(IpcFrameReader, ClosesOnMoreDescriptorsThanAFrameMayHave) {
    for (const int count : {static_cast<int>(ipc::kDescriptorsMax) + 1, 0xff}) {
        FrameReader reader;
        feed(reader, raw({0, 1, FrameType::kLink, 0, static_cast<std::uint8_t>(count)}));
        EXPECT_FALSE(reader.next().has_value()) << count;
    }
}

TEST(IpcFrameReader, NoticesEachFrameThatIsMissing) {
    constexpr std::size_t kFrames = 600;  // their numbers begin anew
    Outbox outbox;
    for (std::uint32_t i = 0; i < kFrames; ++i) {
        outbox.frame(FrameType::kEnd, i, 0, {});
    }
    const std::string bytes = bytes_of(outbox);
    for (std::size_t missing = 0; missing + 1 < kFrames; ++missing) {
        std::string rest = bytes;
        rest.erase(missing * sizeof(FrameHeader), sizeof(FrameHeader));
        FrameReader reader({.is_gapless = true});
        feed(reader, rest);
        std::size_t read = 0;
        auto next = reader.next();
        for (; next && *next; next = reader.next()) {
            ++read;
        }
        EXPECT_FALSE(next.has_value());
        EXPECT_EQ(read, missing);
    }
    FrameReader reader({.is_gapless = true});
    feed(reader, bytes);
    EXPECT_EQ(read_all(reader).size(), kFrames);
}

TEST(IpcFrame, LeavesNoGapWhereItIsDropped) {
    Outbox outbox;
    outbox.frame(FrameType::kEnd, 1, 0, {});
    const std::size_t opened = outbox.open(FrameType::kHead, 2);
    outbox.bytes() += "not wanted";
    outbox.frame(FrameType::kEnd, 3, 0, {});
    outbox.drop(opened);
    outbox.drop(opened);
    outbox.frame(FrameType::kEnd, 4, 0, {});
    FrameReader reader({.is_gapless = true});
    feed(reader, bytes_of(outbox));
    const std::vector<Kept> expected = {
        {FrameType::kEnd, 1, 0, ""},
        {FrameType::kEnd, 4, 0, ""},
    };
    EXPECT_EQ(read_all(reader), expected);
}

TEST(IpcFrameReader, WaitsForTheRestOfAFrame) {
    FrameReader reader;
    EXPECT_FALSE(*reader.next());
    feed(reader, raw({10, 1, FrameType::kBody, 0, 0}, "123456789"));
    EXPECT_FALSE(*reader.next());
    feed(reader, "0");
    const auto frame = reader.next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->payload, "1234567890");
    EXPECT_FALSE(*reader.next());
}

TEST(IpcFrameReader, ClosesOnAFrameThatIsLargerThanItsKindEverIs) {
    FrameReader reader({.payload = 1000});
    feed(reader, raw({1000, 1, FrameType::kBody, 0, 0}) + std::string(1000, 'x'));
    EXPECT_TRUE(reader.next().has_value());
    feed(reader, raw({1001, 1, FrameType::kBody, 0, 0}));
    EXPECT_FALSE(reader.next().has_value());
}

TEST(IpcFrameReader, ClosesOnADescriptorThatBelongsToNoFrame) {
    FrameReader reader;
    reader.received(test::file_with("stray"));
    feed(reader, raw({0, 1, FrameType::kEnd, 0, 0}));
    ASSERT_TRUE(reader.next().has_value());
    EXPECT_FALSE(reader.next().has_value());
}

// A message whose descriptors the kernel could not hand over must not shift those of later frames.
TEST(IpcFrameReader, KeepsThePlaceOfADescriptorThatCouldNotBeTaken) {
    FrameReader reader;
    FrameReader::Message cut;
    reader.prepare(cut);
    cut.header.msg_controllen = 0;
    cut.header.msg_flags = MSG_CTRUNC;
    reader.received(cut, 0);
    reader.received(test::file_with("second"));
    feed(reader, raw({0, 1, FrameType::kLink, 0, 1}) + raw({0, 2, FrameType::kLink, 0, 1}));
    ASSERT_TRUE(*reader.next());
    EXPECT_FALSE(reader.take_descriptor().is_open());
    ASSERT_TRUE(*reader.next());
    EXPECT_EQ(test::content_of(reader.take_descriptor()), "second");
}

TEST(IpcFrameReader, GivesItsLargeBlockBackWhenItRests) {
    FrameReader reader;
    const std::string body(300'000, 'x');
    feed(reader, raw({300'000, 1, FrameType::kBody, 0, 0}) + body);
    ASSERT_TRUE(*reader.next());
    EXPECT_FALSE(*reader.next());
    EXPECT_GE(reader.space().size, body.size());
    for (int i = 0; i < 20; ++i) {
        reader.rest();
        feed(reader, raw({0, 1, FrameType::kEnd, 0, 0}));
        ASSERT_TRUE(*reader.next());
    }
    EXPECT_LE(reader.space().size, 64U * 1024);
}

TEST(IpcFrameReader, KeepsTheStartOfAFrameWhenItRests) {
    FrameReader reader;
    const std::string body(300'000, 'x');
    feed(reader, raw({300'000, 1, FrameType::kBody, 0, 0}) + body.substr(1));
    EXPECT_FALSE(*reader.next());
    reader.rest();
    feed(reader, "x");
    const auto frame = reader.next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->payload, body);
}

TEST(IpcOutbox, ForgetsADroppedFrame) {
    Outbox outbox;
    outbox.frame(FrameType::kBody, 1, 0, "first");
    const std::size_t opened = outbox.open(FrameType::kHead, 2);
    outbox.bytes().append(1000, 'x');
    EXPECT_EQ(outbox.opened_size(opened), 1000U);
    outbox.drop(opened);
    EXPECT_EQ(outbox.size(), sizeof(FrameHeader) + 5);
}

// Frames around it, with descriptors too, stay what they are.
TEST(IpcOutbox, AFrameMayLeaveItsFileBehind) {
    test::ChannelPair pair;
    Outbox& outbox = pair.first.outbox();
    const auto with_one = [&](FrameType type, std::uint32_t stream, const std::string& content) {
        std::vector<base::Fd> descriptors;
        descriptors.push_back(test::file_with(content));
        outbox.frame_with(type, stream, std::move(descriptors), "piece");
    };
    outbox.frame(FrameType::kBody, 1, 0, "first");
    EXPECT_FALSE(outbox.leave_file_behind()) << "it is not at the beginning";
    ASSERT_TRUE(*pair.first.flush());
    with_one(FrameType::kDescriptor, 2, "left behind");
    outbox.frame(FrameType::kBody, 3, 0, "between");
    with_one(FrameType::kDescriptor, 4, "sent");
    EXPECT_TRUE(outbox.leave_file_behind());
    EXPECT_FALSE(outbox.leave_file_behind()) << "it has none any more";
    EXPECT_EQ(outbox.waiting_descriptors(), 1U);
    ASSERT_TRUE(*pair.first.flush());
    with_one(FrameType::kLink, 5, "of another kind");
    EXPECT_FALSE(outbox.leave_file_behind());
    ASSERT_TRUE(*pair.first.flush());

    const auto expect_next = [&](FrameType type, std::uint32_t stream, const std::string& file) {
        const auto frame = pair.second.wait_next();
        ASSERT_TRUE(frame && *frame);
        EXPECT_EQ((*frame)->header.type, type);
        EXPECT_EQ((*frame)->header.stream, stream);
        base::Fd came = pair.second.take_descriptor();
        EXPECT_EQ(came.is_open() ? test::content_of(std::move(came)) : "", file);
    };
    expect_next(FrameType::kBody, 1, "");
    expect_next(FrameType::kDescriptor, 2, "");
    expect_next(FrameType::kBody, 3, "");
    expect_next(FrameType::kDescriptor, 4, "sent");
    expect_next(FrameType::kLink, 5, "of another kind");
}

TEST(IpcOutbox, GivesItsLargeBlockBackWhenItRests) {
    Outbox outbox;
    outbox.frame(FrameType::kBody, 1, 0, std::string(200'000, 'x'));
    outbox.rest();
    EXPECT_EQ(outbox.size(), sizeof(FrameHeader) + 200'000) << "what waits stays";
    outbox.sent(outbox.size());
    outbox.rest();
    EXPECT_LE(outbox.bytes().capacity(), 32U * 1024);
}

TEST(IpcFrameReader, BoundsTheDescriptorsThatNobodyAnnounced) {
    FrameReader reader;
    bool was_refused = false;
    for (std::size_t i = 0; i < 4 * ipc::kDescriptorsMax && !was_refused; ++i) {
        reader.received(base::Fd(::dup(STDERR_FILENO)));
        was_refused = !reader.next().has_value();
    }
    EXPECT_TRUE(was_refused);
}

// First bytes alone, of frames that never come.
TEST(IpcFrameReader, BoundsTheDescriptorsThatWaitForTheirFrame) {
    FrameReader reader({.descriptors = 1});
    const std::string frame = raw({0, 1, FrameType::kDescriptor, 0, 1});
    feed(reader, frame.substr(0, 1));
    reader.received(base::Fd(::dup(STDERR_FILENO)));
    EXPECT_TRUE(reader.next().has_value());
    feed(reader, frame.substr(1, 1));
    reader.received(base::Fd(::dup(STDERR_FILENO)));
    EXPECT_FALSE(reader.next().has_value());
}

TEST(IpcFrameReader, HasNoDescriptorThatDidNotCome) {
    FrameReader reader;
    feed(reader, raw({0, 1, FrameType::kLink, 0, 2}));
    reader.received(test::file_with("one"));
    ASSERT_TRUE(*reader.next());
    EXPECT_EQ(test::content_of(reader.take_descriptor()), "one");
    EXPECT_FALSE(reader.take_descriptor().is_open());
}

TEST(IpcFrameReader, GivesAFrameNoDescriptorOfAnother) {
    FrameReader reader;
    feed(
        reader,
        raw({0, 1, FrameType::kLink, 0, 1}) + raw({0, 2, FrameType::kLink, 0, 1}) +
            raw({0, 3, FrameType::kEnd, 0, 0})
    );
    reader.received(test::file_with("first"));
    reader.received(test::file_with("second"));
    ASSERT_TRUE(*reader.next());  // whose descriptor nobody takes
    ASSERT_TRUE(*reader.next());
    EXPECT_EQ(test::content_of(reader.take_descriptor()), "second");
    ASSERT_TRUE(*reader.next());
    EXPECT_FALSE(reader.take_descriptor().is_open());
}

TEST(IpcFrameReader, GivesAFrameNoDescriptorThatItDidNotAnnounce) {
    FrameReader reader;
    feed(reader, raw({0, 1, FrameType::kLink, 0, 0}));
    reader.received(test::file_with("stray"));
    ASSERT_TRUE(*reader.next());
    EXPECT_FALSE(reader.take_descriptor().is_open());
}

// What is added meanwhile takes nothing of it, nor does what is sent.
TEST(Outbox, HasRoomForTheLastWordsThatItHasPromised) {
    Outbox outbox;
    constexpr int kRequests = 50;
    for (int i = 0; i < kRequests; ++i) {
        outbox.promise_last_word();
        outbox.frame(FrameType::kBody, 0, 0, std::string(1000, 'x'));
    }
    const std::size_t opened = outbox.open(FrameType::kHead, 0);
    outbox.bytes().resize(outbox.bytes().capacity());  // what is written in place knows nothing
    outbox.close(opened, 0);
    for (const bool is_sent : {false, true}) {
        SCOPED_TRACE(is_sent);
        if (is_sent) {
            bytes_of(outbox);
            outbox.rest();
        }
        for (int i = 0; i < kRequests / 2; ++i) {
            const char* const before = outbox.bytes().data();
            outbox.keep_promise();
            outbox.frame(FrameType::kAbort, 0, 0, std::string(8, 'z'));
            EXPECT_EQ(outbox.bytes().data(), before) << "no memory was needed";
        }
    }
}

}  // namespace
