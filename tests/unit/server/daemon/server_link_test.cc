// The daemon process's half of a link, driven through every order of events: frames at wrong times,
// descriptors that nobody has asked for, and an end at each step. The test is the server process at
// the other end, and the thread pool.
#include "core/server/daemon/server_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/base/system/log.h"
#include "ipc/messages.h"
#include "ipc/wire.h"
#include "tests/support/deadline.h"

namespace test {
namespace {

using ipc::FrameType;
using server::DaemonTask;
using server::ServerLink;

class FakeProcess : public ServerLink::Host, public ServerLink::Watcher {
public:
    void submit(DaemonTask& task) override { submitted.push_back(&task); }
    bool withdraw(DaemonTask&) override { return false; }  // a thread has it
    void wait(DaemonTask&, const std::function<bool()>& is_ready) override {
        while (!is_ready()) {
            ASSERT_FALSE(meanwhile.empty()) << "waits for ever";
            auto next = std::move(meanwhile.front());
            meanwhile.erase(meanwhile.begin());
            next();
        }
    }
    void notify(const DaemonTask&) override { ++notified; }
    const base::Log* log_of(std::uint32_t) const override { return nullptr; }
    void watch_for_room(ServerLink&) override { ++full; }
    void stop_watching(ServerLink&) override { ++stopped; }

    std::vector<DaemonTask*> submitted;
    std::vector<std::function<void()>> meanwhile;  // what happens while a task waits
    int notified = 0;
    int full = 0;
    int stopped = 0;
};

std::string number(std::uint32_t value) {
    std::string bytes;
    ipc::WireWriter(bytes).number(value);
    return bytes;
}

std::string abort_of(const std::string& reason) {
    std::string bytes;
    ipc::encode_abort({400, reason}, bytes);
    return bytes;
}

std::string head_of(const http::Request& request) {
    std::string bytes;
    ipc::encode_request(request, {}, {}, {}, bytes);
    return bytes;
}

class ServerLinkTest : public testing::Test {
protected:
    ServerLinkTest() : log_(base::log_to_standard_error(base::LogLevel::kEmerg)) {
        base::set_main_log(log_);
        attach();
    }
    ~ServerLinkTest() override {
        for (DaemonTask* const task : running_) {
            task->finish();
        }
    }

    void attach() {
        auto pair = ipc::make_socket_pair();
        ASSERT_TRUE(pair.has_value());
        server_ = ipc::Channel(std::move(pair->first));
        link_.attach(std::move(pair->second), 0);
        EXPECT_EQ(heard(), (std::vector{FrameType::kReady}));
    }
    void say(FrameType type, std::uint32_t stream, base::Bytes payload = {}, bool is_last = false) {
        server_.outbox().frame(type, stream, is_last ? ipc::kLast : 0, payload);
        ASSERT_TRUE(server_.flush_all().has_value());
    }
    // The link reads; false: it has closed.
    bool receive() { return link_.receive(); }
    bool hears(
        FrameType type, std::uint32_t stream, base::Bytes payload = {}, bool is_last = false
    ) {
        say(type, stream, payload, is_last);
        return receive();
    }
    // A request that has arrived, in the hands of the pool.
    DaemonTask& begin(std::uint32_t stream, bool has_body) {
        http::Request request;
        request.method = "GET";
        request.target = "/";
        request.chunked = has_body;
        EXPECT_TRUE(hears(FrameType::kHead, stream, head_of(request), !has_body));
        running_.push_back(process_.submitted.back());
        return *running_.back();
    }
    void finish(DaemonTask& task) {
        task.finish();
        std::erase(running_, &task);
        link_.flush();
    }
    // The kinds of what the server process has got since.
    std::vector<FrameType> heard() {
        std::vector<FrameType> types;
        while (const auto received = server_.receive()) {
            while (const auto frame = server_.next()) {
                if (!*frame) {
                    break;
                }
                types.push_back((*frame)->header.type);
                const bool is_end = types.back() == FrameType::kEnd;
                last_words_ += is_end || (*frame)->is_last() ? 1 : 0;
                flags_ = (*frame)->header.flags;
                body_bytes_ = ipc::split_response(**frame)->body;
            }
            if (*received != ipc::Channel::Received::kSome) {
                break;
            }
        }
        return types;
    }

    std::shared_ptr<base::Log> log_;
    FakeProcess process_;
    ServerLink link_{process_, process_};
    ipc::Channel server_;
    std::vector<DaemonTask*> running_;
    // What has been heard: ends of answers; of the last frame, its flags, and what of the body came
    // with a head.
    int last_words_ = 0;
    std::uint8_t flags_ = 0;
    std::string body_bytes_;
};

using Types = std::vector<FrameType>;

// As where there was no memory for what was told before.
TEST_F(ServerLinkTest, RefusesOnlyARequestThatRefersToWhatItHasNotHeard) {
    request::Route route;
    route.number = 7;
    ipc::ToldParts told;
    told.note(route, {});
    std::string head;
    ipc::encode_request({}, route, {}, told, head);
    EXPECT_TRUE(hears(FrameType::kHead, 0, head, true));
    EXPECT_EQ(heard(), (Types{FrameType::kAbort}));
    EXPECT_TRUE(process_.submitted.empty());
    DaemonTask& task = begin(0, false);
    ASSERT_TRUE(task.respond("body", true).has_value());
    finish(task);
    EXPECT_EQ(heard(), (Types{FrameType::kHead}));
}

TEST_F(ServerLinkTest, AnswersAndIsReadyForTheSameNumberAgain) {
    for (int i = 0; i < 3; ++i) {
        DaemonTask& task = begin(0, false);
        ASSERT_TRUE(task.respond("body", true).has_value());
        finish(task);
        EXPECT_EQ(heard(), (Types{FrameType::kHead}));
        EXPECT_EQ(flags_, ipc::kWithBody | ipc::kLast);
        EXPECT_EQ(body_bytes_, "body");
    }
}

TEST_F(ServerLinkTest, AnswersWithoutABodyInOneFrame) {
    DaemonTask& task = begin(0, false);
    ASSERT_TRUE(task.respond({}, true).has_value());
    finish(task);
    EXPECT_EQ(heard(), (Types{FrameType::kHead}));
    EXPECT_EQ(flags_, ipc::kLast);
}

// As for a while after start_response() and the first piece: the rest is still to come.
TEST_F(ServerLinkTest, SaysItsEndByItselfWhereTheRestHasLeft) {
    DaemonTask& task = begin(0, false);
    ASSERT_TRUE(task.respond("first", false).has_value());
    EXPECT_EQ(heard(), (Types{FrameType::kHead}));
    EXPECT_EQ(flags_, ipc::kWithBody);
    ASSERT_TRUE(task.write("second", true).has_value());
    link_.flush();  // of another thread
    EXPECT_EQ(heard(), (Types{FrameType::kBody}));
    EXPECT_EQ(last_words_, 0) << "its thread has not come to its end";
    finish(task);
    EXPECT_EQ(heard(), (Types{FrameType::kEnd}));
}

TEST_F(ServerLinkTest, SaysNothingBehindItsLastWord) {
    DaemonTask& task = begin(0, true);
    ASSERT_TRUE(task.respond("body", true).has_value());
    // Its close() reads: the room that it gives stands behind the answer.
    const std::string half(ipc::kWindow / 2, 'x');
    for (std::size_t sent = 0; sent < half.size(); sent += ipc::kBodyMax) {
        ASSERT_TRUE(hears(FrameType::kBody, 0, std::string(ipc::kBodyMax, 'x')));
    }
    std::string read(half.size(), '\0');
    EXPECT_TRUE(eventually([&] {
        receive();
        return task.read_body_now(read.data(), read.size()) == read.size();
    }));
    finish(task);
    EXPECT_EQ(heard(), (Types{FrameType::kHead, FrameType::kWindow, FrameType::kEnd}));
    EXPECT_EQ(last_words_, 1);
}

TEST_F(ServerLinkTest, SaysALongBodyInFramesOfItsOwn) {
    DaemonTask& task = begin(0, false);
    ASSERT_TRUE(task.respond(std::string(ipc::kBodyMax + 1, 'x'), true).has_value());
    finish(task);
    Types all;
    EXPECT_TRUE(eventually([&] {
        link_.flush();
        const Types more = heard();
        all.insert(all.end(), more.begin(), more.end());
        return last_words_ == 1;
    }));
    EXPECT_EQ(all, (Types{FrameType::kHead, FrameType::kBody, FrameType::kBody}));
}

TEST_F(ServerLinkTest, BreaksAnAnswerThatIsStillHere) {
    DaemonTask& task = begin(0, false);
    ASSERT_TRUE(task.respond("body", true).has_value());
    task.abort(500, {base::Fault::kApplication, "close() raised"});
    running_.clear();
    link_.flush();
    EXPECT_EQ(heard(), (Types{FrameType::kHead, FrameType::kAbort}));
    EXPECT_EQ(last_words_, 0);
}

TEST_F(ServerLinkTest, ClosesOnASecondRequestWithTheNumberOfARunningOne) {
    begin(0, false);
    EXPECT_FALSE(hears(FrameType::kHead, 0, head_of({}), true));
    EXPECT_FALSE(link_.is_free()) << "its task still runs";
    EXPECT_EQ(process_.stopped, 1);
}

TEST_F(ServerLinkTest, ClosesOnANumberOutOfOrder) {
    EXPECT_FALSE(hears(FrameType::kHead, 1, head_of({}), true));
}

TEST_F(ServerLinkTest, ClosesOnAFrameForARequestThatWasNeverAsked) {
    for (const FrameType type :
         {FrameType::kBody, FrameType::kEnd, FrameType::kAbort, FrameType::kWindow}) {
        EXPECT_FALSE(hears(type, 0)) << static_cast<int>(type);
        ASSERT_TRUE(link_.is_free());
        attach();
    }
}

// The server process cannot know yet that the answer is on its way.
TEST_F(ServerLinkTest, ReadsOverWhatComesForARequestThatHasBeenAnswered) {
    finish(begin(0, true));
    for (const FrameType type :
         {FrameType::kBody, FrameType::kEnd, FrameType::kAbort, FrameType::kWindow}) {
        EXPECT_TRUE(hears(type, 0, "anything")) << static_cast<int>(type);
    }
    DaemonTask& next = begin(0, true);
    EXPECT_FALSE(next.is_body_complete());
    char bytes[8];
    EXPECT_EQ(next.read_body_now(bytes, sizeof bytes), 0U);
}

TEST_F(ServerLinkTest, ClosesOnBodyBytesAfterTheirEnd) {
    begin(0, false);
    EXPECT_FALSE(hears(FrameType::kBody, 0, "more"));
}

TEST_F(ServerLinkTest, ClosesOnABodyBeyondItsWindow) {
    begin(0, true);
    const std::string full(ipc::kBodyMax, 'x');
    for (std::size_t sent = 0; sent < ipc::kWindow; sent += full.size()) {
        ASSERT_TRUE(hears(FrameType::kBody, 0, full));
    }
    say(FrameType::kBody, 0, "x");
    EXPECT_TRUE(eventually([&] { return !receive(); }));
}

TEST_F(ServerLinkTest, ClosesOnAWindowThatOverflows) {
    for (const std::uint32_t room : {1U, ipc::kWindow, 0xffffffffU}) {
        DaemonTask& task = begin(0, false);
        EXPECT_FALSE(hears(FrameType::kWindow, 0, number(room))) << room;
        EXPECT_FALSE(task.respond("late", true).has_value()) << "the link has gone";
        finish(task);
        ASSERT_TRUE(link_.is_free());
        attach();
    }
}

TEST_F(ServerLinkTest, ClosesOnMalformedFrames) {
    for (const FrameType type : {FrameType::kAbort, FrameType::kWindow, FrameType::kHead}) {
        DaemonTask& task = begin(0, true);
        EXPECT_FALSE(hears(type, type == FrameType::kHead ? 1 : 0, "x")) << static_cast<int>(type);
        finish(task);
        attach();
    }
}

TEST_F(ServerLinkTest, ClosesOnFramesThatAreNotAServerProcessesToSend) {
    for (const FrameType type :
         {FrameType::kDescriptor,
          FrameType::kSetup,
          FrameType::kLink,
          FrameType::kReady,
          FrameType::kGone,
          FrameType::kGroupDown,
          FrameType::kStop}) {
        DaemonTask& task = begin(0, false);
        EXPECT_FALSE(hears(type, 0)) << static_cast<int>(type);
        finish(task);
        attach();
    }
}

TEST_F(ServerLinkTest, AnswersAnEcho) {
    EXPECT_TRUE(hears(FrameType::kEcho, 0));
    EXPECT_EQ(heard(), (Types{FrameType::kEcho}));
}

TEST_F(ServerLinkTest, ClosesWhereSomebodyElseHasReceivedAFrame) {
    DaemonTask& task = begin(0, true);
    say(FrameType::kBody, 0, "stolen");
    char stolen[100];
    ASSERT_GT(::recv(link_.fd(), stolen, sizeof stolen, MSG_DONTWAIT), 0);
    EXPECT_FALSE(hears(FrameType::kEnd, 0));
    finish(task);
}

TEST_F(ServerLinkTest, TakesNoDescriptors) {
    begin(0, true);
    std::vector<base::Fd> descriptors;
    descriptors.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    server_.outbox().frame_with(FrameType::kEnd, 0, std::move(descriptors), {});
    // From Linux 6.16 on the kernel refuses to send them at all.
    if (server_.flush_all()) {
        EXPECT_FALSE(receive());
    }
}

TEST_F(ServerLinkTest, WaitsForTheWindowAndGoesOn) {
    DaemonTask& task = begin(0, false);
    const std::string body(ipc::kWindow + 100, 'x');
    process_.meanwhile.push_back([&] {
        heard();
        EXPECT_TRUE(hears(FrameType::kWindow, 0, number(ipc::kWindow / 2)));
    });
    ASSERT_TRUE(task.respond(body, true).has_value());
    finish(task);
    EXPECT_TRUE(eventually([&] {
        link_.flush();
        heard();
        return last_words_ > 0;
    }));
    EXPECT_EQ(last_words_, 1);
}

TEST_F(ServerLinkTest, HearsOfItsClientsEndWhileItWaitsForTheWindow) {
    DaemonTask& task = begin(0, false);
    process_.meanwhile.push_back([&] {
        heard();
        EXPECT_TRUE(hears(FrameType::kAbort, 0, abort_of("gone"), true));
    });
    EXPECT_FALSE(task.respond(std::string(ipc::kWindow + 1, 'x'), true).has_value());
    EXPECT_FALSE(task.write("more", true).has_value());
    finish(task);
    EXPECT_TRUE(eventually([&] {
        link_.flush();
        heard();
        return last_words_ == 1;
    })) << "the last word is always said";
}

TEST_F(ServerLinkTest, LosesItsServerProcessAtEachStep) {
    const std::vector<std::function<void(DaemonTask&)>> steps = {
        [](DaemonTask&) {},
        [](DaemonTask& task) { EXPECT_TRUE(task.respond({}, false).has_value()); },
        [](DaemonTask& task) {
            EXPECT_TRUE(task.respond("some", false).has_value());
            EXPECT_TRUE(task.write("more", false).has_value());
        },
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
        DaemonTask& task = begin(0, true);
        steps[i](task);
        server_.close();
        EXPECT_TRUE(eventually([&] { return !receive(); })) << i;
        EXPECT_FALSE(task.wait_for_body().has_value()) << i;
        EXPECT_FALSE(task.respond("x", true).has_value() && task.write("x", true).has_value()) << i;
        EXPECT_FALSE(link_.is_free()) << i;
        finish(task);
        ASSERT_TRUE(link_.is_free()) << i;
        attach();
    }
}

TEST_F(ServerLinkTest, FailsABodyWithoutLosingTheAnswer) {
    DaemonTask& task = begin(0, true);
    ASSERT_TRUE(hears(FrameType::kBody, 0, "start"));
    ASSERT_TRUE(hears(FrameType::kAbort, 0, abort_of("the client was too slow")));
    char bytes[8];
    EXPECT_EQ(task.read_body_now(bytes, sizeof bytes), 5U);
    const auto waited = task.wait_for_body();
    ASSERT_FALSE(waited.has_value());
    EXPECT_EQ(waited.error().what, "the client was too slow");
    EXPECT_TRUE(task.respond("told", true).has_value());
    finish(task);
    EXPECT_EQ(heard(), (Types{FrameType::kHead}));
    EXPECT_EQ(body_bytes_, "told");
}

TEST_F(ServerLinkTest, CutsTheReasonOfAnAbort) {
    DaemonTask& task = begin(0, false);
    task.abort(500, {base::Fault::kApplication, std::string(6'000'000, 'x')});
    running_.clear();
    link_.flush();
    EXPECT_EQ(heard(), (Types{FrameType::kAbort}));
}

// Whatever a server process says, in whatever order: nothing crashes, and what runs can end.
TEST_F(ServerLinkTest, SurvivesAnyOrderOfFrames) {
    std::mt19937 random(20260101);
    const auto below = [&](std::uint32_t end) {
        return static_cast<std::uint32_t>(random() % end);
    };
    http::Request request;
    request.method = "POST";
    request.chunked = true;
    const std::vector<std::string> payloads = {
        head_of(request), "x", {}, number(0), number(1), number(ipc::kWindow), abort_of("why")};
    for (int round = 0; round < 300; ++round) {
        for (int i = 0; i < 30; ++i) {
            const auto type = static_cast<FrameType>(1 + below(6));
            const std::string& payload =
                type == FrameType::kHead ? payloads[0] : payloads[1 + below(6)];
            const std::size_t before = process_.submitted.size();
            const bool is_open = hears(type, below(4), payload, below(3) == 0);
            for (std::size_t k = before; k < process_.submitted.size(); ++k) {
                running_.push_back(process_.submitted[k]);
            }
            if (!running_.empty() && below(3) == 0) {
                DaemonTask& task = *running_[below(static_cast<std::uint32_t>(running_.size()))];
                static_cast<void>(task.respond("answer", true));
                finish(task);
            }
            if (!is_open) {
                break;
            }
        }
        while (!running_.empty()) {
            finish(*running_.back());
        }
        server_.close();
        EXPECT_TRUE(eventually([&] { return link_.is_free() || !receive(); }));
        ASSERT_TRUE(link_.is_free());
        attach();
    }
}

}  // namespace
}  // namespace test
