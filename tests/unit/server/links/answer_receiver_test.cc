// An answer of a daemon process frame by frame, in every order, while the client takes it, does not
// take it or has gone: what the process may say when, and what is left of it afterwards.
#include "core/server/links/answer_receiver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ipc/messages.h"
#include "tests/unit/server/served_text.h"

namespace test {
namespace {

using ipc::FrameType;
using server::Answer;

constexpr std::size_t kFiles = 2;        // room for one
constexpr std::uint32_t kElsewhere = 1;  // another virtual host

// An exchange in daemon mode and its receiver.
class Receiving : public server::Exchange::Owner {
    // Outlives what the exchange holds of it.
    const std::shared_ptr<const server::Served> served_ = ServedText::of("WSGIDaemonProcess g\n");

public:
    Receiving() {
        exchange.shares.load = served_->group_loads->admit(0, 1, 1);
        receiver.begin();
    }

    base::Result<> head(std::uint8_t flags = 0, const std::string& reason = "OK") {
        http::Response response;
        response.status = 200;
        response.reason = reason;
        response.content_length = 10;
        std::string payload;
        ipc::encode_response(response, payload);
        const ipc::Frame said = frame(FrameType::kHead, payload, flags);
        TRY(receiver.heed(said));
        return receiver.on_head(said);
    }
    base::Result<> head_with_body(base::Bytes bytes, std::uint8_t flags = 0) {
        http::Response response;
        response.reason = "OK";
        response.content_length = 10;
        std::string payload;
        ipc::encode_response_with_body(response, bytes, payload);
        const ipc::Frame said =
            frame(FrameType::kHead, payload, static_cast<std::uint8_t>(flags | ipc::kWithBody));
        TRY(receiver.heed(said));
        return receiver.on_head(said);
    }
    base::Result<> body(base::Bytes bytes, std::uint8_t flags = 0) {
        const ipc::Frame said = frame(FrameType::kBody, bytes, flags);
        TRY(receiver.heed(said));
        receiver.on_body(said);
        return {};
    }
    base::Result<> abort(int status) {
        std::string payload;
        ipc::encode_abort({status, "raised"}, payload);
        const ipc::Frame said = frame(FrameType::kAbort, payload);
        TRY(receiver.heed(said));
        return receiver.on_abort(said);
    }
    base::Result<const char*> file(base::Fd its_file) {
        std::string payload;
        ipc::encode_file_piece({3, 10}, payload);
        ipc::Frame said = frame(FrameType::kDescriptor, payload);
        said.header.descriptors = 1;
        TRY(receiver.heed(said));
        return receiver.on_file(
            said, base::ForeignFd(std::move(its_file), base::DisposalLane("a group"))
        );
    }
    static base::Fd open_local() {
        return base::Fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    }
    // As the connection does.
    Answer& take() {
        receiver.take(exchange.reply.answer);
        return exchange.reply.answer;
    }

    [[nodiscard]] bool has_no_file() {
        server::FileRoom::Share share;
        return share.take(files, kElsewhere, "192.0.2.1");
    }

    // Exchange::Owner
    void release_exchange(server::Exchange&) override {}

    server::FileRoom files{kFiles};
    server::Exchange exchange{*this};
    server::AnswerReceiver receiver{exchange, files};

private:
    static ipc::Frame frame(FrameType type, base::Bytes payload, std::uint8_t flags = 0) {
        return {{static_cast<std::uint32_t>(payload.size()), 1, type, flags, 0}, payload};
    }
};

class AnswerReceiver : public testing::Test, public Receiving {};

TEST_F(AnswerReceiver, HasAnAnswerWithItsLastFrame) {
    EXPECT_TRUE(head());
    EXPECT_TRUE(receiver.has_head());
    EXPECT_TRUE(body("hello"));
    EXPECT_FALSE(receiver.has_ended());
    EXPECT_TRUE(body("world", ipc::kLast));
    EXPECT_TRUE(receiver.has_ended());
    EXPECT_EQ(take().body, "helloworld");
    EXPECT_EQ(take().ending, Answer::Ending::kComplete);
}

TEST_F(AnswerReceiver, HasAnAnswerWithoutABodyWithItsHead) {
    EXPECT_TRUE(head(ipc::kLast));
    EXPECT_EQ(take().ending, Answer::Ending::kComplete);
}

TEST_F(AnswerReceiver, HasAShortAnswerInOneFrame) {
    EXPECT_TRUE(head_with_body("helloworld", ipc::kLast));
    EXPECT_TRUE(receiver.has_ended());
    const Answer& answer = take();
    EXPECT_NE(answer.head, nullptr);
    EXPECT_EQ(answer.body, "helloworld");
    EXPECT_EQ(answer.ending, Answer::Ending::kComplete);
}

TEST_F(AnswerReceiver, CountsWhatCameWithTheHeadAsBody) {
    const std::string piece(ipc::kBodyMax, 'x');
    EXPECT_TRUE(head_with_body(piece));
    EXPECT_EQ(receiver.take_room(), 0U);
    EXPECT_TRUE(body(piece));
    EXPECT_EQ(receiver.take_room(), ipc::kWindow / 2);
    for (std::size_t sent = 0; sent < ipc::kWindow; sent += piece.size()) {
        EXPECT_TRUE(body(piece));
    }
    EXPECT_FALSE(body("x"));
}

TEST_F(AnswerReceiver, TakesNoMoreWithTheHeadThanAFrameMayHave) {
    EXPECT_FALSE(head_with_body(std::string(ipc::kBodyMax + 1, 'x')));
}

TEST_F(AnswerReceiver, TakesNoBodyBesideAFile) {
    EXPECT_FALSE(head_with_body("hello", ipc::kWithFile));
    receiver.begin();
    EXPECT_FALSE(head_with_body({}, ipc::kWithFile));
}

TEST_F(AnswerReceiver, BelievesNoBodyThatIsLongerThanItsFrame) {
    const auto breaks = [this](base::Bytes payload) {
        receiver.begin();
        ipc::Frame said{{}, payload};
        said.header.flags = ipc::kWithBody;
        return !receiver.heed(said);
    };
    EXPECT_TRUE(breaks(""));
    EXPECT_TRUE(breaks("xyz"));
    EXPECT_TRUE(
        breaks("\xff\xff\xff\xff"
               "xyz")
    );
}

TEST_F(AnswerReceiver, AnEndWithoutAHeadIsABadGateway) {
    receiver.end();
    EXPECT_EQ(take().failure, 502);
}

TEST_F(AnswerReceiver, AnAbortIsAStatusBeforeTheHeadAndABreakBehindIt) {
    EXPECT_TRUE(abort(504));
    EXPECT_EQ(take().failure, 504);
    receiver.begin();
    EXPECT_TRUE(head());
    EXPECT_TRUE(abort(504));
    EXPECT_EQ(take().ending, Answer::Ending::kBroken);
}

TEST_F(AnswerReceiver, BelievesNoHeadThatWouldEndAFieldEarly) {
    EXPECT_FALSE(head(0, "OK\r\nSet-Cookie: a=b"));
    EXPECT_FALSE(receiver.has_head());
    EXPECT_FALSE(receiver.on_head({{3, 1, FrameType::kHead, 0, 0}, "xyz"}));
}

TEST_F(AnswerReceiver, TakesNoMoreThanItsWindowUntilTheClientHasTakenSome) {
    EXPECT_TRUE(head());
    const std::string piece(ipc::kBodyMax, 'x');
    for (std::size_t sent = 0; sent < ipc::kWindow; sent += piece.size()) {
        EXPECT_TRUE(body(piece));
    }
    EXPECT_FALSE(body("x"));
}

TEST_F(AnswerReceiver, GivesRoomOnceForHalfAWindow) {
    EXPECT_TRUE(head());
    const std::string piece(ipc::kBodyMax, 'x');
    EXPECT_TRUE(body(piece));
    EXPECT_EQ(receiver.take_room(), 0U);
    EXPECT_TRUE(body(piece));
    EXPECT_EQ(receiver.take_room(), ipc::kWindow / 2);
    EXPECT_EQ(receiver.take_room(), 0U);
}

TEST_F(AnswerReceiver, AwaitsTheClientUntilThatHasTakenAndComesForMore) {
    EXPECT_FALSE(receiver.awaits_client());
    EXPECT_TRUE(head());
    EXPECT_TRUE(body("hello"));
    EXPECT_TRUE(receiver.awaits_client());
    take();
    EXPECT_TRUE(receiver.awaits_client()) << "it is on its way to the client";
    take();
    EXPECT_FALSE(receiver.awaits_client());
}

TEST_F(AnswerReceiver, HasNoHeadBeforeItsFile) {
    EXPECT_TRUE(head(ipc::kWithFile));
    EXPECT_FALSE(receiver.has_head());
    const auto sent = file(open_local());
    ASSERT_TRUE(sent);
    EXPECT_EQ(*sent, nullptr);
    receiver.end();
    Answer& answer = take();
    EXPECT_TRUE(answer.file.is_open());
    EXPECT_EQ(answer.file_offset, 3U);
    EXPECT_EQ(answer.file_count, 10U);
    EXPECT_EQ(answer.ending, Answer::Ending::kComplete);
}

TEST_F(AnswerReceiver, WithoutRoomForAFileIsUnavailable) {
    server::FileRoom::Share others;
    ASSERT_TRUE(others.take(files, kElsewhere, "192.0.2.1"));
    EXPECT_TRUE(head(ipc::kWithFile));
    EXPECT_TRUE(file(open_local()));
    EXPECT_EQ(take().failure, 503);
    others.give_back();
    receiver.begin();
    EXPECT_TRUE(head(ipc::kWithFile));
    EXPECT_TRUE(file({})) << "the process could not know that we had no descriptor";
    EXPECT_EQ(take().failure, 503);
    EXPECT_TRUE(has_no_file());
}

TEST_F(AnswerReceiver, SendsNothingThatIsNoFile) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const base::Fd kept(ends[1]);
    EXPECT_TRUE(head(ipc::kWithFile));
    const auto sent = file(base::Fd(ends[0]));
    ASSERT_TRUE(sent);
    EXPECT_NE(*sent, nullptr);
    receiver.end();
    EXPECT_FALSE(take().file.is_open());
    EXPECT_NE(take().head, nullptr) << "its client gets less than was announced";
}

TEST_F(AnswerReceiver, IsEmptyForTheNextRequest) {
    EXPECT_TRUE(head(ipc::kWithFile));
    receiver.begin();
    EXPECT_FALSE(file(open_local())) << "nobody has announced one";
    EXPECT_TRUE(head());
    EXPECT_TRUE(body("hello"));
    receiver.drop();
    receiver.begin();
    EXPECT_FALSE(receiver.awaits_client());
    EXPECT_FALSE(body("hello"));
}

// --- All orders of frames

enum class Says : std::uint8_t {
    kHead,
    kHeadOfFile,
    kHeadWithBody,
    kLastHead,
    kWhole,
    kBody,
    kLastBody,
    kFile,
    kEnd,
    kAbort
};
constexpr std::array kAll = {
    Says::kHead,
    Says::kHeadOfFile,
    Says::kHeadWithBody,
    Says::kLastHead,
    Says::kWhole,
    Says::kBody,
    Says::kLastBody,
    Says::kFile,
    Says::kEnd,
    Says::kAbort};
enum class Takes : std::uint8_t { kAlways, kAtTheEnd, kHasGone };

bool says(Receiving& receiving, Says what) {
    switch (what) {
        case Says::kHead:
            return receiving.head().has_value();
        case Says::kHeadOfFile:
            return receiving.head(ipc::kWithFile).has_value();
        case Says::kHeadWithBody:
            return receiving.head_with_body("hello").has_value();
        case Says::kLastHead:
            return receiving.head(ipc::kLast).has_value();
        case Says::kWhole:
            return receiving.head_with_body("helloworld", ipc::kLast).has_value();
        case Says::kBody:
            return receiving.body("hello").has_value();
        case Says::kLastBody:
            return receiving.body("world", ipc::kLast).has_value();
        case Says::kFile:
            return receiving.file(Receiving::open_local()).has_value();
        case Says::kEnd:
            receiving.receiver.end();
            return true;
        case Says::kAbort:
            return receiving.abort(500).has_value();
    }
    return false;
}

// What the protocol allows (ipc/frame.h): a head, with a file in place of a body or without, and
// an end or an abort at any time. Nothing: a breach.
struct Expected {
    bool has_head = false;
    bool awaits_file = false;
    bool may_have_body = false;
    bool has_ended = false;
    bool is_complete = false;

    [[nodiscard]] bool hears(Says what) {
        switch (what) {
            case Says::kHead:
            case Says::kHeadOfFile:
            case Says::kHeadWithBody:
            case Says::kLastHead:
            case Says::kWhole:
                if (has_head || awaits_file) {
                    return false;
                }
                awaits_file = what == Says::kHeadOfFile;
                has_head = !awaits_file;
                has_ended = is_complete = what == Says::kLastHead || what == Says::kWhole;
                return true;
            case Says::kBody:
            case Says::kLastBody:
                has_ended = is_complete = has_head && what == Says::kLastBody;
                return has_head;
            case Says::kFile:
                has_head = has_head || awaits_file;
                return std::exchange(awaits_file, false);
            case Says::kEnd:
                has_ended = true;
                is_complete = has_head;
                return true;
            case Says::kAbort:
                has_ended = true;
                return true;
        }
        return false;
    }
};

void expect_protocol(const std::vector<Says>& story, Takes takes) {
    Receiving receiving;
    Expected expected;
    std::string told;
    for (const Says what : story) {
        told += std::to_string(static_cast<int>(what)) + " ";
        SCOPED_TRACE(told);
        const bool is_heard = says(receiving, what);
        ASSERT_EQ(is_heard, expected.hears(what));
        if (!is_heard) {
            receiving.receiver.fail(502);  // as where the link closes
            break;
        }
        ASSERT_EQ(receiving.receiver.has_head(), expected.has_head);
        ASSERT_EQ(receiving.receiver.has_ended(), expected.has_ended);
        if (takes == Takes::kAlways) {
            receiving.take();
        }
        if (expected.has_ended) {
            break;  // the last word: the stream hears nothing more
        }
    }
    SCOPED_TRACE(told);
    if (takes == Takes::kHasGone) {
        receiving.receiver.drop();
    } else {
        const Answer& answer = receiving.take();
        EXPECT_EQ(answer.ending == Answer::Ending::kComplete, expected.is_complete);
        EXPECT_EQ(answer.head != nullptr, expected.has_head);
    }
    receiving.exchange.reset();
    EXPECT_TRUE(receiving.has_no_file());
}

TEST(AnswerReceiverInAnyOrder, HoldsTheProcessToTheProtocol) {
    for (const Takes takes : {Takes::kAlways, Takes::kAtTheEnd, Takes::kHasGone}) {
        for (const Says first : kAll) {
            for (const Says second : kAll) {
                for (const Says third : kAll) {
                    expect_protocol({first, second, third}, takes);
                    if (testing::Test::HasFailure()) {
                        return;
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace test
