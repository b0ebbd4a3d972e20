// A request on its way to whoever answers it: what it waits for, and what becomes of news for an
// exchange whose client has gone, at each step. Another request has the exchange by then.
#include "core/server/dispatch/dispatcher.h"

#include <fmt/format.h>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/unit/server/dispatch/dispatcher_under_test.h"

namespace test {
namespace {

using Client = DispatcherUnderTest::Client;
using Phase = server::Exchange::Phase;
using ipc::FrameType;

#define APPS HOOPSNAKE_SOURCE_DIR "/tests/apps"

constexpr const char* kEmbedded = "WSGIScriptAlias / " APPS "/hello.py application-group=a\n";
constexpr const char* kDaemon =
    "WSGIDaemonProcess g\n"
    "WSGIScriptAlias / " APPS "/hello.py process-group=g application-group=a\n";
constexpr const char* kNamed = "WSGIScriptAlias / " APPS
                               "/hello.py application-group=a\n"
                               "<Location /named>\nRequire host nowhere.example\n</Location>\n";
constexpr const char* kAsksScript =
    "WSGIDispatchScript " APPS "/dispatches.py\nWSGIScriptAlias / " APPS "/hello.py\n";

// What a pool thread does with a request that it answers well.
void answer(interp::Task& task) {
    task.response.clear();
    task.response.status = 200;
    task.response.reason = "OK";
    task.response.content_length = 5;
    static_cast<void>(task.respond("hello", true));
    task.finish();
}

// In embedded mode, whatever has happened before.
void expect_service(DispatcherUnderTest& dispatcher) {
    Client client(dispatcher, "/", false);
    EXPECT_EQ(client.phase(), Phase::kEmbedded);
    answer(dispatcher.pool().take());
    dispatcher.turn();
    EXPECT_EQ(client.status, 200);
    EXPECT_EQ(client.bytes, "hello");
}

TEST(Dispatcher, WakesThePoolOnceForWhatATurnHasSubmitted) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client first(dispatcher, "/", false);
    Client second(dispatcher, "/", false);
    EXPECT_EQ(dispatcher.pool().wakes, 0);
    dispatcher.turn();
    EXPECT_EQ(dispatcher.pool().wakes, 1);
    dispatcher.turn();
    EXPECT_EQ(dispatcher.pool().wakes, 1);
    answer(dispatcher.pool().take());
    answer(dispatcher.pool().take());
    dispatcher.turn();
    EXPECT_EQ(first.bytes + second.bytes, "hellohello");
}

// --- The client goes

TEST(Dispatcher, TakesARequestBackThatNoThreadHasBegunWith) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client client(dispatcher, "/", false);
    client.leave();
    EXPECT_TRUE(dispatcher.pool().waiting.empty());
    EXPECT_TRUE(dispatcher.is_idle());
    expect_service(dispatcher);
}

TEST(Dispatcher, KeepsARequestThatAThreadHasUntilItHasEnded) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client client(dispatcher, "/", false);
    interp::Task& task = dispatcher.pool().take();
    client.leave();
    dispatcher.turn();
    EXPECT_FALSE(dispatcher.is_idle());
    expect_service(dispatcher);
    answer(task);
    dispatcher.turn();
    EXPECT_TRUE(dispatcher.is_idle());
}

TEST(Dispatcher, HearsNothingOfAnEndForAClientThatWentInTheSameTurn) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client client(dispatcher, "/", false);
    answer(dispatcher.pool().take());
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    Client next(dispatcher, "/", false);
    dispatcher.turn();  // the news is about nobody
    EXPECT_EQ(next.phase(), Phase::kEmbedded);
    EXPECT_EQ(next.status, 0);
    answer(dispatcher.pool().take());
    dispatcher.turn();
    EXPECT_EQ(next.bytes, "hello");
}

TEST(Dispatcher, DropsTheNameOfAClientThatHasGone) {
    DispatcherUnderTest dispatcher(kNamed);
    Client client(dispatcher, "/named", false);
    EXPECT_EQ(client.phase(), Phase::kNameAwaited);
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    Client next(dispatcher, "/named", false);
    EXPECT_EQ(next.phase(), Phase::kNameAwaited);
    dispatcher.find_names();
    EXPECT_TRUE(dispatcher.turn_until([&] { return next.status != 0; }));
    EXPECT_EQ(next.status, 403);
    expect_service(dispatcher);
}

TEST(Dispatcher, DropsFilesThatAreReadForAClientThatHasGone) {
    const TempDir tmp;
    // Long enough for another thread to read it.
    write_file(tmp / ".htaccess", "# " + std::string(8192, 'x') + "\nRequire all denied\n");
    write_file(tmp / "page.html", "page");
    DispatcherUnderTest dispatcher(fmt::format(
        "DocumentRoot {0}\n<Directory {0}>\nAllowOverride All\nRequire all granted\n</Directory>\n"
        "WSGIScriptAlias /app " APPS "/hello.py application-group=a\n",
        tmp.path()
    ));
    Client client(dispatcher, "/page.html", false);
    EXPECT_EQ(client.phase(), Phase::kFilesAwaited);
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    Client next(dispatcher, "/page.html", false);
    EXPECT_TRUE(dispatcher.turn_until([&] { return next.status != 0; }));
    EXPECT_EQ(next.status, 403);
}

TEST(Dispatcher, DropsABodyOfWhichAClientHasSentAPart) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client client(dispatcher, "/", true);
    EXPECT_EQ(client.phase(), Phase::kBodyAwaited);
    client.exchange->responder->add_body("he");
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    expect_service(dispatcher);
}

// RFC 9110 section 10.1.1: an application may refuse a body that has not been asked for; but a
// fourth of the threads do, and for others the server asks.
TEST(Dispatcher, LetsAFewThreadsWaitForBodiesThatAreHeldBack) {
    DispatcherUnderTest dispatcher(std::string("ThreadsPerChild 8\n") + kEmbedded);
    Client first(dispatcher, "/", true, true);
    Client second(dispatcher, "/", true, true);
    EXPECT_EQ(first.phase(), Phase::kEmbedded);
    EXPECT_EQ(second.phase(), Phase::kEmbedded);
    EXPECT_TRUE(second.is_body_held_back());
    Client third(dispatcher, "/", true, true);
    EXPECT_EQ(third.phase(), Phase::kBodyAwaited);
    EXPECT_TRUE(third.is_body_coming());
    first.leave();
    Client fourth(dispatcher, "/", true, true);
    EXPECT_EQ(fourth.phase(), Phase::kEmbedded);
    third.end_body("hello");
    EXPECT_EQ(third.phase(), Phase::kEmbedded);
}

TEST(Dispatcher, GivesAWholeBodyToWhoeverAnswers) {
    DispatcherUnderTest dispatcher(kEmbedded);
    Client client(dispatcher, "/", true);
    client.end_body("hello");
    EXPECT_EQ(client.phase(), Phase::kEmbedded);
    interp::Task& task = dispatcher.pool().take();
    std::string body(16, '\0');
    EXPECT_EQ(task.read_body_now(body.data(), body.size()), 5U);
    EXPECT_TRUE(task.is_body_complete());
    answer(task);
    dispatcher.turn();
    EXPECT_EQ(client.bytes, "hello");
}

TEST(Dispatcher, TakesAQuestionToADispatchScriptBack) {
    DispatcherUnderTest dispatcher(kAsksScript);
    Client client(dispatcher, "/", false);
    EXPECT_EQ(client.phase(), Phase::kScriptAsked);
    client.leave();
    EXPECT_TRUE(dispatcher.pool().waiting.empty());
    EXPECT_TRUE(dispatcher.is_idle());
}

TEST(Dispatcher, DropsWhatADispatchScriptSaysOfAClientThatHasGone) {
    DispatcherUnderTest dispatcher(kAsksScript);
    Client client(dispatcher, "/", false);
    interp::Task& task = dispatcher.pool().take();
    EXPECT_EQ(task.script(), APPS "/dispatches.py");
    client.leave();
    EXPECT_FALSE(dispatcher.is_idle()) << "a thread has it";
    task.finish();
    dispatcher.turn();
    EXPECT_TRUE(dispatcher.is_idle());
    EXPECT_TRUE(dispatcher.pool().waiting.empty());
}

TEST(Dispatcher, FollowsWhatADispatchScriptHasSaid) {
    DispatcherUnderTest dispatcher(kAsksScript);
    Client client(dispatcher, "/", false);
    interp::Task& asked = dispatcher.pool().take();
    asked.dispatch.application_group_said = "other";
    asked.finish();
    dispatcher.turn();
    EXPECT_EQ(client.phase(), Phase::kEmbedded);
    interp::Task& task = dispatcher.pool().take();
    EXPECT_EQ(task.script(), APPS "/hello.py");
    EXPECT_EQ(task.interpreter(), "other");
    answer(task);
    dispatcher.turn();
    EXPECT_EQ(client.bytes, "hello");
}

TEST(Dispatcher, ForgetsAClientThatGoesBeforeThereIsALink) {
    DispatcherUnderTest dispatcher(kDaemon);
    Client client(dispatcher, "/", false);
    EXPECT_EQ(client.phase(), Phase::kLinkAwaited);
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    Client next(dispatcher, "/", false);
    dispatcher.add_link();
    EXPECT_EQ(next.phase(), Phase::kDaemon);
}

TEST(Dispatcher, HearsNothingOfADaemonProcessForAClientThatHasGone) {
    DispatcherUnderTest dispatcher(kDaemon);
    const int link = dispatcher.add_link();
    Client client(dispatcher, "/", false);
    client.leave();
    EXPECT_TRUE(dispatcher.is_idle());
    Client next(dispatcher, "/", false);
    dispatcher.say(link, FrameType::kEnd, 0);
    EXPECT_EQ(next.status, 0);
    EXPECT_EQ(next.phase(), Phase::kDaemon);
    dispatcher.say(link, FrameType::kEnd, 1);
    EXPECT_EQ(next.status, 502);
}

// --- Failures

// Of an answer that fails before its head, its ErrorDocument is asked for; no dispatch script is
// asked about that once more.
TEST(Dispatcher, AsksTheErrorDocumentOfAnAnswerThatFails) {
    DispatcherUnderTest dispatcher(std::string(kEmbedded) + "ErrorDocument 500 /sorry\n");
    Client client(dispatcher, "/", false);
    dispatcher.pool().take().abort(500, {base::Fault::kApplication, "raised"});
    dispatcher.turn();
    EXPECT_EQ(client.phase(), Phase::kEmbedded);
    EXPECT_EQ(client.exchange->outcome.shown_status, 500);
    dispatcher.pool().take().abort(500, {base::Fault::kApplication, "raised again"});
    dispatcher.turn();
    EXPECT_EQ(client.phase(), Phase::kOwnAnswer);
    EXPECT_EQ(client.status, 500);
}

// Nothing wakes the loop any more once the turn is over.
TEST(Dispatcher, AnswersInOneTurnWhoWaitsForAProcessWhenTheServerStops) {
    DispatcherUnderTest dispatcher(std::string(kDaemon) + "ErrorDocument 503 /sorry\n");
    Client client(dispatcher, "/", false);
    EXPECT_EQ(client.phase(), Phase::kLinkAwaited);
    dispatcher.drains = true;
    dispatcher.turn();
    EXPECT_EQ(client.phase(), Phase::kOwnAnswer);
    EXPECT_EQ(client.status, 503);
}

}  // namespace
}  // namespace test
