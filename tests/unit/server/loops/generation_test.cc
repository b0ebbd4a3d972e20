// A newer configuration comes while the older one still serves: what has begun by the older is
// answered by it, at whatever step it is, and with the last of that the older ends.
#include "core/server/loops/generations.h"

#include <fmt/format.h>

#include <future>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/unit/server/dispatch/dispatcher_under_test.h"
#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

using Phase = server::Exchange::Phase;
using ipc::FrameType;

#define APPS HOOPSNAKE_SOURCE_DIR "/tests/apps"

// Group 0 gets a process, group 1 none.
constexpr const char* kOldest =
    "ErrorDocument 500 \"words of the old one\"\n"
    "WSGIDaemonProcess g\nWSGIDaemonProcess h\n"
    "WSGIScriptAlias /daemon " APPS
    "/hello.py process-group=g application-group=a\n"
    "WSGIScriptAlias /waiting " APPS
    "/hello.py process-group=h application-group=a\n"
    "WSGIScriptAlias /embedded " APPS
    "/hello.py application-group=a\n"
    "WSGIScriptAlias /named " APPS
    "/hello.py application-group=a\n"
    "<Location /named>\nRequire host nowhere.example\n</Location>\n"
    "Redirect /page http://old.example/\n";
constexpr const char* kNewest = "Redirect / http://new.example/\n";

std::string get(std::string_view path) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path);
}

bool stands_in(LoopUnderTest& loop, Phase phase) {
    return loop.turn_until([&] {
        return loop->service().exchanges().describe_busy().find(server::text_of(phase)) !=
               std::string::npos;
    });
}

// The other end of a link sees it close.
bool is_closed(LoopUnderTest& loop, ipc::Channel& daemon) {
    return loop.turn_until([&] {
        const auto received = daemon.receive();
        return !received || *received == ipc::Channel::Received::kClosed;
    });
}

// `client` is answered by the newer one.
void expect_new(LoopUnderTest& loop, const base::Fd& client) {
    LoopUnderTest::write(client, get("/daemon"));
    const std::string answer = loop.read_until(client, "</html>\n");
    EXPECT_NE(answer.find("http://new.example/daemon"), std::string::npos) << answer;
}

// The newer one comes, and the older one is still held.
void adopt_beside(LoopUnderTest& loop) {
    loop.adopt(kNewest);
    EXPECT_EQ(loop->service().generations().count(), 2U);
}

// Only the newer one is left, and the older one's link has closed without being reported as lost.
void expect_end_of(LoopUnderTest& loop, ipc::Channel& daemon) {
    EXPECT_TRUE(loop.has_generations(1));
    EXPECT_TRUE(is_closed(loop, daemon));
    EXPECT_EQ(loop.links_lost(), 0);
    expect_new(loop, loop.connect());
}

// A daemon process of the older one has the head of a request, and has said nothing.
class GenerationWithARequest : public testing::Test {
protected:
    void SetUp() override {
        loop_.write(client_, get("/daemon"));
        head_ = loop_.hear(daemon_);
        ASSERT_TRUE(head_);
    }

    LoopUnderTest loop_{kOldest};
    ipc::Channel& daemon_ = loop_.add_daemon();
    base::Fd client_ = loop_.connect();
    std::optional<LoopUnderTest::Heard> head_;
};

TEST_F(GenerationWithARequest, AnswersWhatHasBegunByItAndTheNextRequestIsTheNewerOnes) {
    adopt_beside(loop_);
    loop_.say_head(daemon_, head_->stream, 5);
    loop_.say(daemon_, FrameType::kBody, head_->stream, "hello", ipc::kLast);
    EXPECT_TRUE(loop_.read_until(client_, "hello").starts_with("HTTP/1.1 200 "));
    expect_new(loop_, client_);
    expect_end_of(loop_, daemon_);
}

TEST_F(GenerationWithARequest, GivesItsOwnErrorDocumentAfterANewerOneHasCome) {
    loop_.adopt(kNewest);
    std::string abort;
    ipc::encode_abort({500, "raised"}, abort);
    loop_.say(daemon_, FrameType::kAbort, head_->stream, abort, ipc::kLast);
    EXPECT_TRUE(loop_.read_until(client_, "words of the old one").starts_with("HTTP/1.1 500 "));
    expect_new(loop_, client_);
    expect_end_of(loop_, daemon_);
}

TEST(Generation, IsNotHeldByConnectionsBetweenRequests) {
    LoopUnderTest loop(kOldest);
    ipc::Channel& daemon = loop.add_daemon();
    const base::Fd silent = loop.connect();
    const base::Fd client = loop.connect();
    loop.write(client, get("/page"));
    loop.read_until(client, "</html>\n");
    loop.adopt(kNewest);
    EXPECT_TRUE(loop.has_generations(1));
    expect_new(loop, client);
    expect_new(loop, silent);
    expect_end_of(loop, daemon);
}

TEST(Generation, OfThreeTheMiddleOneMayEndFirst) {
    LoopUnderTest loop(kOldest);
    ipc::Channel& daemon = loop.add_daemon();
    base::Fd first = loop.connect();
    loop.write(first, "GET /daemon HT");
    ASSERT_TRUE(stands_in(loop, Phase::kReading));
    loop.adopt(kOldest);
    ipc::Channel& second_daemon = loop.add_daemon();
    const base::Fd second = loop.connect();
    loop.write(second, get("/daemon"));
    const auto head = loop.hear(second_daemon);
    ASSERT_TRUE(head);
    loop.adopt(kNewest);
    EXPECT_EQ(loop->service().generations().count(), 3U);
    loop.say(second_daemon, FrameType::kEnd, head->stream);
    EXPECT_TRUE(loop.has_generations(2));
    EXPECT_TRUE(is_closed(loop, second_daemon));
    loop.write(first, "TP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(loop.hear(daemon)) << "the oldest has its link still";
    loop.reset(first);
    expect_end_of(loop, daemon);
}

TEST(Generation, OfWhichADaemonProcessComesTooLateHasNoUseForIt) {
    LoopUnderTest loop(kOldest);
    const auto old = loop.served();
    loop.adopt(kNewest);
    ASSERT_TRUE(loop.has_generations(1));
    bool is_told = false;
    loop->tell_groups(old, [&](server::DaemonGroups&) { is_told = true; });
    loop.turn();
    EXPECT_FALSE(is_told);
}

// --- Its client goes

struct StepOfGeneration {
    std::string_view name;
    std::string sent;
    Phase phase;
};

class GenerationAtStep : public testing::TestWithParam<StepOfGeneration> {};

TEST_P(GenerationAtStep, EndsWhenTheClientOfItsLastRequestGoes) {
    IdlePool pool;
    LoopUnderTest loop(kOldest, &pool);
    ipc::Channel& daemon = loop.add_daemon();
    base::Fd client = loop.connect();
    loop.write(client, GetParam().sent);
    ASSERT_TRUE(stands_in(loop, GetParam().phase));
    adopt_beside(loop);
    loop.reset(client);
    expect_end_of(loop, daemon);
}

INSTANTIATE_TEST_SUITE_P(
    Steps,
    GenerationAtStep,
    testing::Values(
        StepOfGeneration{"Reading", "GET /daemon HT", Phase::kReading},
        StepOfGeneration{
            "BodyAwaited",
            "POST /daemon HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
            Phase::kBodyAwaited},
        StepOfGeneration{"LinkAwaited", get("/waiting"), Phase::kLinkAwaited},
        StepOfGeneration{"Daemon", get("/daemon"), Phase::kDaemon},
        StepOfGeneration{"QueuedForAThread", get("/embedded"), Phase::kEmbedded}
    ),
    [](const auto& step) { return std::string(step.param.name); }
);

TEST_F(GenerationWithARequest, EndsWhenTheClientOfABegunAnswerGoes) {
    loop_.say_head(daemon_, head_->stream, 10);
    loop_.say(daemon_, FrameType::kBody, head_->stream, "hello");
    loop_.read_until(client_, "hello");
    adopt_beside(loop_);
    loop_.reset(client_);
    expect_end_of(loop_, daemon_);
}

TEST(Generation, EndsWhenAThreadGivesARequestBackWhoseClientHasGone) {
    IdlePool pool;
    LoopUnderTest loop(kOldest, &pool);
    ipc::Channel& daemon = loop.add_daemon();
    base::Fd client = loop.connect();
    loop.write(client, get("/embedded"));
    ASSERT_TRUE(stands_in(loop, Phase::kEmbedded));
    interp::Task& task = pool.take();
    loop.adopt(kNewest);
    loop.reset(client);
    expect_new(loop, loop.connect());
    EXPECT_EQ(loop->service().generations().count(), 2U) << "a thread has a request of it";
    task.finish();
    expect_end_of(loop, daemon);
}

TEST(Generation, EndsWhenTheClientGoesWhoseNameIsLookedUp) {
    std::promise<void> gate;
    LoopUnderTest loop(
        kOldest,
        nullptr,
        [open = gate.get_future().share()](const std::string&) -> server::ClientName {
            open.wait();
            return "";
        }
    );
    ipc::Channel& daemon = loop.add_daemon();
    base::Fd client = loop.connect();
    loop.write(client, get("/named"));
    ASSERT_TRUE(stands_in(loop, Phase::kNameAwaited));
    adopt_beside(loop);
    loop.reset(client);
    expect_end_of(loop, daemon);
    gate.set_value();  // what is found out is about nobody
}

TEST(Generation, EndsWhenTheClientOfAFileGoes) {
    const TempDir tmp;
    write_file(tmp / "large", std::string(64 * 1024 * 1024, 'x'));
    LoopUnderTest loop(fmt::format(
        "WSGIDaemonProcess g\nDocumentRoot {0}\n<Directory {0}>\nRequire all "
        "granted\n</Directory>\n",
        tmp.path()
    ));
    ipc::Channel& daemon = loop.add_daemon();
    base::Fd client = loop.connect();
    loop.write(client, get("/large"));
    ASSERT_TRUE(stands_in(loop, Phase::kOwnAnswer));
    adopt_beside(loop);
    loop.reset(client);
    expect_end_of(loop, daemon);
}

// Its answer is out, and how long the rest of its body may take is the older one's to say.
TEST(Generation, IsHeldUntilTheRestOfABodyHasBeenRead) {
    LoopUnderTest loop(kOldest);
    ipc::Channel& daemon = loop.add_daemon();
    const base::Fd client = loop.connect();
    loop.write(client, "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    const std::string answer = loop.read_until(client, "</html>\n");
    EXPECT_NE(answer.find("http://old.example/"), std::string::npos) << answer;
    adopt_beside(loop);
    loop.write(client, "llo");
    expect_new(loop, client);
    expect_end_of(loop, daemon);
}

}  // namespace
}  // namespace test
