// The server process's half of a link, driven through every order of events by a daemon process
// that means no good: frames at wrong times, descriptors, windows, an end at each step. Each client
// gets an answer or its end, the link is reported, and another one serves the next request.
#include "core/server/links/daemon_link.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <deque>
#include <functional>
#include <random>

#include "ipc/wire.h"
#include "tests/support/unit/standing_close.h"
#include "tests/unit/server/links/links_under_test.h"

namespace test {
namespace {

using ipc::FrameType;

std::string number(std::uint32_t value) {
    std::string bytes;
    ipc::WireWriter(bytes).number(value);
    return bytes;
}

std::string abort_with(int status) {
    std::string bytes;
    ipc::encode_abort({status, "because"}, bytes);
    return bytes;
}

std::string piece(std::uint64_t offset, std::uint64_t count) {
    std::string bytes;
    ipc::encode_file_piece({offset, count}, bytes);
    return bytes;
}

class DaemonLink : public testing::Test {
protected:
    DaemonLink() { replace(); }

    // A process that has started.
    void replace() {
        link_ = links_.add_link();
        links_.say(link_, FrameType::kReady);
    }
    // A request that the process has heard; `stream_` is its number.
    LinksUnderTest::Asked& ask(bool has_body = false) {
        auto& asked = links_.ask(has_body);
        for (const ipc::FrameHeader& frame : links_.heard(link_)) {
            stream_ = frame.type == FrameType::kHead ? frame.stream : stream_;
        }
        return asked;
    }
    void say(FrameType type, base::Bytes payload = {}, std::uint8_t flags = 0) {
        links_.say(link_, type, stream_, payload, flags);
    }
    void say_head(std::uint64_t length, std::uint8_t flags = 0) {
        links_.say_head(link_, stream_, length, flags);
    }
    // The file `path` as the body of five bytes; its head has been said.
    void say_file(const char* path) {
        std::vector<base::Fd> descriptors;
        descriptors.emplace_back(::open(path, O_RDONLY | O_CLOEXEC));
        links_.say_with(
            link_, FrameType::kDescriptor, stream_, std::move(descriptors), piece(0, 5)
        );
    }
    // The process has broken the protocol, or has died: the client is told `failure`, or, where
    // that is 0, sees that the answer breaks off.
    void expect_lost(const LinksUnderTest::Asked& asked, int failure) {
        ++lost_;
        EXPECT_EQ(links_.lost.size(), lost_);
        EXPECT_EQ(asked.client.failure, failure);
        EXPECT_EQ(asked.client.is_broken, failure == 0);
        replace();
        expect_service();
    }
    void expect_service() {
        auto& asked = ask();
        say_head(5);
        say(FrameType::kBody, "hello", ipc::kLast);
        EXPECT_EQ(asked.client.status, 200);
        EXPECT_EQ(asked.client.bytes, "hello");
        EXPECT_TRUE(asked.client.is_complete);
    }

    LinksUnderTest links_;
    int link_ = -1;
    std::uint32_t stream_ = 0;
    std::size_t lost_ = 0;
};

TEST_F(DaemonLink, UsesANumberAgainWhenBothEndsHaveSaidTheirLastWord) {
    for (int i = 0; i < 3; ++i) {
        expect_service();
        EXPECT_EQ(stream_, 0U);
    }
    auto& gone = ask();
    links_.leave(gone);
    expect_service();
    EXPECT_EQ(stream_, 1U);
    links_.say(link_, FrameType::kAbort, 0, abort_with(500));
    ask();
    EXPECT_EQ(stream_, 0U);
    EXPECT_TRUE(links_.lost.empty());
}

// Of which the process says by an abort that it had no memory for what it was told.
TEST_F(DaemonLink, TellsARouteOnceUntilARequestIsRefused) {
    request::Route route;
    route.script_filename = "/srv/site.wsgi";
    route.number = 7;
    const auto size_of_head = [&] {
        links_.ask(false, route);
        const ipc::FrameHeader head = links_.heard(link_).back();
        stream_ = head.stream;
        return head.size;
    };
    const auto whole = size_of_head();
    EXPECT_LT(size_of_head(), whole);
    say(FrameType::kAbort, abort_with(503));
    EXPECT_EQ(size_of_head(), whole);
}

TEST_F(DaemonLink, IsLostOnFramesThatAreNotItsToSendBeforeTheHead) {
    const std::vector<std::pair<FrameType, std::string>> frames = {
        {FrameType::kBody, "early"},
        {FrameType::kHead, "x"},
        {FrameType::kAbort, "x"},
        {FrameType::kWindow, "x"},
        {FrameType::kWindow, number(1)},
        {FrameType::kDescriptor, piece(0, 1)},
        {FrameType::kSetup, ""},
        {FrameType::kLink, ""},
        {FrameType::kGone, ""},
        {FrameType::kGroupDown, ""},
    };
    for (const auto& [type, payload] : frames) {
        SCOPED_TRACE(static_cast<int>(type));
        auto& asked = ask();
        say(type, payload);
        expect_lost(asked, 502);
    }
}

TEST_F(DaemonLink, IsLostOnFramesForNobody) {
    for (const FrameType type :
         {FrameType::kHead,
          FrameType::kBody,
          FrameType::kEnd,
          FrameType::kAbort,
          FrameType::kWindow}) {
        auto& asked = ask();
        links_.say(link_, type, 7);
        expect_lost(asked, 502);
    }
}

TEST_F(DaemonLink, IsLostOnWhatFollowsTheEnd) {
    for (const FrameType type : {FrameType::kHead, FrameType::kBody, FrameType::kEnd}) {
        expect_service();
        say(type);
        ++lost_;
        EXPECT_EQ(links_.lost.size(), lost_);
        replace();
    }
}

TEST_F(DaemonLink, IsLostOnASecondHead) {
    auto& asked = ask();
    say_head(5);
    say_head(5);
    expect_lost(asked, 0);
}

TEST_F(DaemonLink, IsLostOnAHeadThatMayNotGoToAClient) {
    http::Response response;
    response.status = 200;
    response.headers.add("X", "a\r\nInjected: yes");
    std::string head;
    ipc::encode_response(response, head);
    auto& asked = ask();
    say(FrameType::kHead, head);
    expect_lost(asked, 502);
}

TEST_F(DaemonLink, IsLostOnAFrameThatIsTooLarge) {
    auto& asked = ask();
    const ipc::FrameHeader header{
        static_cast<std::uint32_t>(ipc::kAnswerPayloadMax + 1), stream_, FrameType::kHead};
    links_.ring().arrive(
        link_, std::string_view(reinterpret_cast<const char*>(&header), sizeof header)
    );
    links_.turn();
    expect_lost(asked, 502);
}

// The client takes nothing, so that nothing of the window comes back.
TEST_F(DaemonLink, IsLostOnABodyBeyondItsWindow) {
    for (const bool is_client_gone : {false, true}) {
        auto& asked = ask();
        say_head(1ULL << 40U);
        asked.client.reads = false;
        if (is_client_gone) {
            links_.leave(asked);
        }
        const std::string body(ipc::kBodyMax, 'x');
        for (std::size_t sent = 0; sent < ipc::kWindow; sent += body.size()) {
            EXPECT_EQ(links_.lost.size(), lost_);
            say(FrameType::kBody, body);
        }
        say(FrameType::kBody, "x");
        ++lost_;
        EXPECT_EQ(links_.lost.size(), lost_);
        replace();
        expect_service();
    }
}

TEST_F(DaemonLink, IsLostOnAWindowThatOverflows) {
    for (const std::uint32_t room : {1U, ipc::kWindow, 0x80000000U, 0xffffffffU}) {
        auto& asked = ask(true);
        say(FrameType::kWindow, number(room));
        expect_lost(asked, 502);
    }
}

TEST_F(DaemonLink, IsLostOnDescriptorsOutOfPlace) {
    struct Case {
        FrameType type;
        std::size_t count;
        bool has_head;
    };
    for (const Case& bad :
         {Case{FrameType::kDescriptor, 1, false},
          Case{FrameType::kDescriptor, 2, true},
          Case{FrameType::kDescriptor, 0, true},
          Case{FrameType::kBody, 1, true},
          Case{FrameType::kReady, 200, true}}) {
        auto& asked = ask();
        if (bad.has_head) {
            say_head(5);
        }
        std::vector<base::Fd> descriptors;
        for (std::size_t i = 0; i < bad.count; ++i) {
            descriptors.emplace_back(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
        }
        links_.say_with(link_, bad.type, stream_, std::move(descriptors), piece(0, 5));
        expect_lost(asked, bad.has_head ? 0 : 502);
    }
}

TEST_F(DaemonLink, SendsNothingOfWhatIsNoFile) {
    for (const char* path : {"/dev/zero", "/tmp", "/proc/self/exe"}) {
        auto& asked = ask();
        say_head(5, ipc::kWithFile);
        say_file(path);
        EXPECT_EQ(asked.client.files, path == std::string("/proc/self/exe") ? 1 : 0) << path;
        say(FrameType::kEnd);
        EXPECT_TRUE(asked.client.has_ended());
        EXPECT_TRUE(links_.lost.empty()) << "it hurts nobody but its client";
    }
}

// How many files are sent at once depends on clients, who may take as long as they like.
TEST_F(DaemonLink, AnswersForAFileWhenTooManyAreBeingSent) {
    std::deque<server::FileRoom::Share> all;
    while (all.emplace_back().take(links_.files, 0, "")) {
    }
    auto& asked = ask();
    say_head(5, ipc::kWithFile);
    EXPECT_EQ(asked.client.status, 0) << "the head waits for its file";
    say_file("/proc/self/exe");
    EXPECT_EQ(asked.client.failure, 503);
    say(FrameType::kEnd);
    EXPECT_TRUE(links_.lost.empty());
    all.clear();
    auto& again = ask();
    say_head(5, ipc::kWithFile);
    say_file("/proc/self/exe");
    say(FrameType::kEnd);
    EXPECT_EQ(again.client.status, 200);
    EXPECT_EQ(again.client.files, 1);
}

TEST_F(DaemonLink, IsLostOnAFileThatWasNotAnnounced) {
    auto& asked = ask();
    say_head(5);
    say_file("/proc/self/exe");
    expect_lost(asked, 0);
}

TEST_F(DaemonLink, IsLostOnASecondFile) {
    for (const bool is_client_gone : {false, true}) {
        auto& asked = ask();
        if (is_client_gone) {
            links_.leave(asked);
        }
        say_head(5, ipc::kWithFile);
        say_file("/dev/null");
        EXPECT_EQ(links_.lost.size(), lost_);
        say_file("/dev/null");
        ++lost_;
        EXPECT_EQ(links_.lost.size(), lost_);
        replace();
        expect_service();
    }
}

TEST_F(DaemonLink, IsLostOnAFurtherBeginOrAnnouncement) {
    for (const FrameType type : {FrameType::kReady, FrameType::kStop}) {
        auto& asked = ask();
        links_.say(link_, FrameType::kStop);
        EXPECT_EQ(links_.lost.size(), lost_);
        EXPECT_EQ(asked.client.failure, 0);
        links_.say(link_, type);
        EXPECT_EQ(asked.client.failure, 502);
        replace();
        expect_service();
    }
}

TEST_F(DaemonLink, IsLostWhereSomebodyElseHasReceivedAFrame) {
    auto& asked = ask();
    links_.words_of(link_).frame(FrameType::kWindow, stream_, 0, number(1));
    links_.words_of(link_).drop_all();
    say_head(5);
    expect_lost(asked, 502);
}

TEST_F(DaemonLink, IsLostOnAnEchoThatNobodyHasAskedFor) {
    auto& asked = ask();
    links_.say(link_, FrameType::kEcho);
    expect_lost(asked, 502);
}

TEST_F(DaemonLink, AsksForAnEchoWhileARequestIsOpen) {
    ask();
    EXPECT_TRUE(links_.turn_until([&] {
        const auto heard = links_.heard(link_);
        return !heard.empty() && heard.back().type == FrameType::kEcho;
    }));
    links_.say(link_, FrameType::kEcho);
    EXPECT_TRUE(links_.lost.empty());
}

// A link whose last answer was large does not keep the block that it came in, nor receive into
// another of that size.
TEST_F(DaemonLink, GivesLargeBlocksBackWhenNobodyHasBeenServedForAWhile) {
    constexpr std::size_t kPiece = 60'000;
    const std::size_t small = links_.ring().room(link_);
    auto& asked = ask();
    say_head(3 * kPiece);
    for (int i = 0; i < 3; ++i) {
        say(FrameType::kBody, std::string(kPiece, 'x'), i == 2 ? ipc::kLast : std::uint8_t{0});
    }
    EXPECT_TRUE(asked.client.is_complete);
    EXPECT_GT(links_.ring().room(link_), kPiece);
    EXPECT_TRUE(links_.turn_until([&] { return links_.ring().room(link_) == small; }));
    expect_service();
    EXPECT_TRUE(links_.lost.empty());
}

// What comes behind them waits, so that others have their turn.
TEST_F(DaemonLink, ReadsSoManyFramesInATurn) {
    auto& asked = ask(true);
    ipc::Outbox& outbox = links_.words_of(link_);
    for (int i = 0; i < 3 * server::LinkSocket::kFramesAtOnce; ++i) {
        outbox.frame(FrameType::kWindow, stream_, 0, number(0));
    }
    outbox.frame(FrameType::kHead, stream_, 0, LinksUnderTest::head(5));
    outbox.frame(FrameType::kBody, stream_, ipc::kLast, "hello");
    links_.arrive(link_);
    links_.loop().turn(std::chrono::milliseconds(0));
    EXPECT_TRUE(asked.client.has_continued);
    EXPECT_EQ(asked.client.status, 0);
    EXPECT_TRUE(links_.turn_until([&] { return asked.client.is_complete; }));
    EXPECT_EQ(asked.client.bytes, "hello");
    EXPECT_TRUE(links_.lost.empty());
}

TEST_F(DaemonLink, EndsWhileFramesOfItWait) {
    ask(true);
    ipc::Outbox& outbox = links_.words_of(link_);
    for (int i = 0; i < 3 * server::LinkSocket::kFramesAtOnce; ++i) {
        outbox.frame(FrameType::kWindow, stream_, 0, number(0));
    }
    links_.arrive(link_);
    links_.loop().turn(std::chrono::milliseconds(0));
    links_.groups().close_links({0, 0, 0, 0, 1});
    replace();
    expect_service();
}

// Each of them may be sent: it is their number that nobody can close.
TEST(DaemonLinkOfAGroup, IsLostWhenItSendsMoreThanCanBeClosed) {
    const DescriptorLimit limit(512);
    LinksUnderTest links(server::DaemonGroups::kEnding, "WSGIDaemonProcess stands\n");
    const int link = links.add_link();
    links.say(link, FrameType::kReady);
    StandingClose first = standing_close();
    std::vector<base::Fd> descriptors;
    descriptors.push_back(std::move(first.socket));
    int sent = 0;
    for (; links.lost.empty() && sent < 200; ++sent) {
        links.leave(links.ask());
        const std::uint32_t stream = links.heard(link).front().stream;
        links.say_head(link, stream, 5, ipc::kWithFile);
        links.say_with(link, FrameType::kDescriptor, stream, std::move(descriptors), piece(0, 5));
        links.say(link, FrameType::kEnd, stream);
        descriptors.clear();
        descriptors.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    EXPECT_GT(sent, 16);
    EXPECT_LT(sent, 64);
    // Nor is another process of the group heard before that has changed.
    const int next = links.add_link();
    EXPECT_EQ(links.lost.size(), 2U);
    EXPECT_FALSE(links.ring().is_asked(ScriptedRing::Kind::kReceiveMessage, next));
    EXPECT_EQ(links.ask().client.failure, 503);
}

TEST_F(DaemonLink, EndsWithItsProcessAtEachStepOfAnAnswer) {
    const std::vector<std::pair<int, std::function<void()>>> steps = {
        {502, [] {}},
        {0, [this] { say_head(9); }},
        {0,
         [this] {
             say_head(9);
             say(FrameType::kBody, "some");
         }},
    };
    for (const auto& [failure, step] : steps) {
        auto& asked = ask();
        step();
        links_.die(link_);
        expect_lost(asked, failure);
    }
}

TEST_F(DaemonLink, OfAProcessThatNeverSaidAWordIsAServiceThatIsDown) {
    links_.die(link_);
    ++lost_;
    link_ = links_.add_link();
    auto& asked = ask();
    links_.die(link_);
    expect_lost(asked, 503);
}

TEST_F(DaemonLink, SeesItsClientGoAtEachStep) {
    for (int step = 0; step < 4; ++step) {
        auto& asked = ask(step == 3);
        if (step > 0) {
            say_head(9);
        }
        if (step > 1) {
            say(FrameType::kBody, "some");
        }
        links_.leave(asked);
        EXPECT_TRUE(asked.is_released) << "the process has not answered, and need not";
        const std::uint32_t gone = stream_;
        expect_service();
        const bool aborts = step == 3;
        links_.say(
            link_,
            aborts ? FrameType::kAbort : FrameType::kEnd,
            gone,
            aborts ? abort_with(500) : std::string()
        );
        expect_service();
    }
    EXPECT_TRUE(links_.lost.empty());
}

// Whatever a process says, in whatever order and in whatever pieces: who comes next is served.
TEST_F(DaemonLink, SurvivesAnyOrderOfFrames) {
    std::mt19937 random(20260102);
    const auto below = [&](std::uint32_t end) {
        return static_cast<std::uint32_t>(random() % end);
    };
    const std::vector<std::string> payloads = {
        LinksUnderTest::head(3), "x", {}, number(0), number(1), abort_with(404), piece(0, 3)};
    for (int round = 0; round < 300; ++round) {
        std::vector<LinksUnderTest::Asked*> all;
        for (int i = 0; i < 3; ++i) {
            all.push_back(&links_.ask(i == 2));
        }
        for (int i = 0; i < 12; ++i) {
            const auto type = static_cast<FrameType>(1 + below(6));
            links_.say(
                link_,
                type,
                below(3),
                type == FrameType::kHead ? payloads[0] : payloads[below(7)],
                below(4) == 0 ? ipc::kLast : std::uint8_t{0}
            );
            if (below(4) == 0) {
                links_.leave(*all[below(3)]);
            }
        }
        links_.die(link_);
        for (const LinksUnderTest::Asked* const asked : all) {
            EXPECT_TRUE(asked->client.has_ended() || asked->is_released) << round;
        }
        replace();
        expect_service();
    }
}

}  // namespace
}  // namespace test
