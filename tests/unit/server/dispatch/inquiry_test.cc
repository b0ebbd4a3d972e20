// What the configuration makes of a request, where something has to be found out first: what is
// told when, to whom, and to whom not any more. Without a dispatcher: the test is who goes on.
#include "core/server/dispatch/inquiry.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/embedded/pool_feed.h"
#include "core/server/served/budgets.h"
#include "tests/support/deadline.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/support/unit/scripted_ring.h"
#include "tests/unit/server/served_text.h"

namespace test {
namespace {

using OutcomeKind = site::Outcome::Kind;
using Phase = server::Exchange::Phase;

struct PlainGeneration final : server::Generation {
    explicit PlainGeneration(const server::Served& served) : Generation(served) {}
};

// Inquiry with what it stands on.
class InquiryUnderTest : private server::Inquiry::Follower,
                         private server::DaemonStream::Host,
                         private server::Exchange::Owner {
public:
    class InquiryClient final : public server::Asker {
    public:
        InquiryClient(InquiryUnderTest& test, const std::string& target)
            : test_(test), slot_(&test.exchanges_.take()) {
            slot_->client = this;
            slot_->generation = server::Generation::Hold(test.generation_);
            slot_->request().method = "GET";
            slot_->request().target = target;
            slot_->request().authority = "a";
            slot_->facts().remote_addr = remote_addr_;
            slot_->known.has_plain_name = true;
            test_.inquiry_.refresh();
            test_.inquiry_.map(*slot_);
        }
        ~InquiryClient() override { leave(); }

        void leave() {
            if (server::Slot* const gone = std::exchange(slot_, nullptr)) {
                gone->client = nullptr;
                if (gone->is_deferred()) {
                    gone->deferred.abandon();
                }
                test_.exchanges_.release(*gone);
            }
        }
        [[nodiscard]] server::Slot& slot() const { return *slot_; }
        [[nodiscard]] Phase phase() const { return slot_->phase; }

        void pump() override { ++pumps; }
        void answer_with_page(server::Page page) override {
            slot_->enter(Phase::kOwnAnswer, nullptr);
            refusal = page.status;
        }
        void answer_with_file(const site::Outcome&) override { ADD_FAILURE(); }
        void answer_failure(int) override { ADD_FAILURE(); }
        void answer_instead(server::Page) override { ADD_FAILURE(); }
        [[nodiscard]] bool is_body_coming() const override { return false; }
        [[nodiscard]] bool is_body_held_back() const override { return false; }
        [[nodiscard]] const std::string& remote_addr() const override { return remote_addr_; }
        [[nodiscard]] std::uint16_t remote_port() const override { return 4711; }

        int pumps = 0;    // it was told that somebody may have an answer
        int refusal = 0;  // the inquiry's own page
        int follows = 0;  // how often somebody went on with it
        std::optional<OutcomeKind> kind;
        int status = 0;
        bool is_fixed = false;  // its route was known

    private:
        InquiryUnderTest& test_;
        server::Slot* slot_;
        const std::string remote_addr_ = "192.0.2.7";
    };

    explicit InquiryUnderTest(const std::string& text)
        : served_(ServedText::of(text)),
          loop_(made()),
          // Nobody finds out names by himself.
          names_(&server::NameResolver::name_of, [](const std::function<void()>&) {}) {}
    ~InquiryUnderTest() override = default;

    void tell_name(const InquiryClient& client, server::ClientName name) {
        const auto end =
            name ? server::AwaitedNames::End::kAnswered : server::AwaitedNames::End::kFailed;
        inquiry_.on_name_found(client.slot(), std::move(name), end);
    }
    void take_news() {
        inquiry_.take_news();
        exchanges_.bury();
        clock_.end_turn();
    }
    template <class Condition>
    [[nodiscard]] bool hears_until(Condition&& condition) {
        const Deadline deadline;
        while (!condition()) {
            if (deadline.has_passed()) {
                return false;
            }
            loop_->turn(std::chrono::milliseconds(1));
            take_news();
        }
        return true;
    }
    // Timers that are due by then run.
    void pass(std::chrono::seconds time) {
        now_ += time;
        loop_->turn(std::chrono::milliseconds(0));
    }
    [[nodiscard]] bool is_idle() const { return exchanges_.is_idle(); }
    // Whatever waits for a file waits behind these.
    void hold_up_side_threads(const std::shared_future<void>& until) {
        constexpr int kThreadsPerLane = 4;
        for (int i = 0; i < kThreadsPerLane; ++i) {
            EXPECT_TRUE(side_mapper_.waiting().submit("0", [until] { until.wait(); }));
        }
    }

private:
    static std::unique_ptr<loop::Loop> made() {
        now_ = loop::Clock::time_point(std::chrono::hours(1));
        auto loop = loop::Loop::create(
            std::make_unique<ScriptedRing>(), loop::Spin::kNever, []() noexcept { return now_; }
        );
        EXPECT_TRUE(loop.has_value());
        return std::move(*loop);
    }

    // Inquiry::Follower
    void follow(server::Exchange& exchange, const site::FixedRoute&) override {
        auto& client = static_cast<InquiryClient&>(*exchange.client);
        ++client.follows;
        client.kind = OutcomeKind::kScript;
        client.is_fixed = true;
        exchange.enter(Phase::kOwnAnswer, nullptr);
    }
    void follow(server::Exchange& exchange, site::Outcome&& outcome, const site::Walk&) override {
        auto& client = static_cast<InquiryClient&>(*exchange.client);
        ++client.follows;
        client.kind = outcome.kind;
        client.status = outcome.status;
        exchange.enter(Phase::kOwnAnswer, nullptr);
    }
    // DaemonStream::Host
    [[nodiscard]] loop::Loop& loop() override { return *loop_; }
    [[nodiscard]] std::chrono::seconds timeout_of(const server::Exchange&) const override {
        return std::chrono::seconds(1);
    }
    void log_client(const server::Exchange&, base::LogLevel, const std::string&) override {}
    server::FileRoom& file_room() override { return budgets_.files; }
    void forget(server::DaemonStream&) override {}
    // Exchange::Owner
    void release_exchange(server::Exchange& exchange) override { exchanges_.release(exchange); }

    const std::shared_ptr<const server::Served> served_;
    PlainGeneration generation_{*served_};
    server::Budgets budgets_;
    static inline loop::Clock::time_point now_;  // the loop's; one of these at once
    const std::unique_ptr<loop::Loop> loop_;
    server::Inbox inbox_{*loop_};
    server::BodyRoom bodies_{*loop_, 1024};
    server::ExchangeTable exchanges_{{*this, *this, bodies_, inbox_, budgets_.files}};
    server::PoolFeed pool_{nullptr};
    server::TurnClock clock_;
    server::NameResolver names_;
    server::SideMapper side_mapper_;
    const server::RequestLog log_{*served_};
    server::Inquiry inquiry_{
        {*loop_, exchanges_, pool_, clock_, names_, side_mapper_},
        *served_,
        side_mapper_.mappers_of({served_, &served_->site}),
        log_,
        *this};
};

using InquiryClient = InquiryUnderTest::InquiryClient;

constexpr const char* kMounted =
    "WSGIScriptAlias /page " HOOPSNAKE_SOURCE_DIR "/tests/apps/hello.py\n";

TEST(Inquiry, IsOverAtOnceWhereNothingIsToBeFoundOut) {
    InquiryUnderTest inquiry("Redirect /page http://a.example/\n");
    const InquiryClient client(inquiry, "/page");
    EXPECT_EQ(client.follows, 1);
    EXPECT_EQ(client.kind, OutcomeKind::kPage);
    EXPECT_EQ(client.status, 302);
}

TEST(Inquiry, KnowsTheRouteOfTheNextRequest) {
    InquiryUnderTest inquiry(kMounted);
    {
        const InquiryClient client(inquiry, "/page/a");
        EXPECT_EQ(client.kind, OutcomeKind::kScript);
        EXPECT_FALSE(client.is_fixed);
    }
    for (const char* const target : {"/page/b?c=d", "http://a.example/page/b"}) {
        const InquiryClient client(inquiry, target);
        EXPECT_TRUE(client.is_fixed) << target;
        EXPECT_EQ(client.slot().route().path_info, "/b") << target;
    }
}

TEST(Inquiry, AsksTheConfigurationWhatAnAccessLogTells) {
    InquiryUnderTest inquiry(std::string("CustomLog /dev/null %f\n") + kMounted);
    for (int asked = 0; asked < 2; ++asked) {
        const InquiryClient client(inquiry, "/page/a");
        EXPECT_EQ(client.kind, OutcomeKind::kScript);
        EXPECT_FALSE(client.is_fixed);
    }
}

// --- The name of the client's host

constexpr const char* kByName = "WSGIScriptAlias /page " HOOPSNAKE_SOURCE_DIR
                                "/tests/apps/hello.py\n"
                                "<Location />\nRequire host .friends.example\n</Location>\n";

TEST(Inquiry, GoesOnWithTheNameOfAClient) {
    InquiryUnderTest inquiry(kByName);
    const InquiryClient friendly(inquiry, "/page");
    const InquiryClient strange(inquiry, "/page");
    EXPECT_EQ(friendly.phase(), Phase::kNameAwaited);
    EXPECT_EQ(friendly.follows + strange.follows, 0);
    inquiry.tell_name(strange, "");
    EXPECT_EQ(strange.status, 403);
    EXPECT_EQ(friendly.follows, 0);
    inquiry.tell_name(friendly, "one.friends.example");
    EXPECT_EQ(friendly.kind, OutcomeKind::kScript);
    EXPECT_EQ(friendly.follows, 1);
    EXPECT_EQ(friendly.pumps, 1) << "it hears of whoever answers now";
}

// Not even where the rule is about those who are to be kept out.
TEST(Inquiry, DecidesNothingByANameThatCannotBeFoundOut) {
    InquiryUnderTest inquiry(
        std::string(kByName) +
        "<Location /open>\n<RequireAll>\nRequire all granted\nRequire not host bad.example\n"
        "</RequireAll>\n</Location>\n"
        "<Location /near>\nRequire host .friends.example\nRequire ip 192.0.2.0/24\n</Location>\n"
    );
    for (const char* const target : {"/page", "/open"}) {
        const InquiryClient client(inquiry, target);
        inquiry.tell_name(client, std::nullopt);
        EXPECT_EQ(client.kind, OutcomeKind::kPage) << target;
        EXPECT_EQ(client.status, 503) << target;
    }
    const InquiryClient near(inquiry, "/near");
    inquiry.tell_name(near, std::nullopt);
    EXPECT_NE(near.status, 503) << "whatever it is called";
}

TEST(Inquiry, GivesANameUpAfterTimeout) {
    InquiryUnderTest inquiry(std::string("Timeout 7\n") + kByName);
    const InquiryClient client(inquiry, "/page");
    inquiry.pass(std::chrono::seconds(6));
    EXPECT_EQ(client.phase(), Phase::kNameAwaited);
    inquiry.pass(std::chrono::seconds(2));
    EXPECT_EQ(client.status, 503);
    EXPECT_EQ(client.pumps, 1);
}

TEST(Inquiry, ForgetsAClientWhoseNameIsLookedUp) {
    InquiryUnderTest inquiry(kByName);
    InquiryClient client(inquiry, "/page");
    client.leave();
    EXPECT_TRUE(inquiry.is_idle());
    inquiry.take_news();
    const InquiryClient next(inquiry, "/page");
    EXPECT_EQ(next.phase(), Phase::kNameAwaited) << "nothing is known of this one";
}

// --- .htaccess files

class InquiryForFiles : public testing::Test {
protected:
    std::string text(const std::string& before = "") {
        // Long enough for another thread to read it.
        write_file(tmp_ / ".htaccess", "# " + std::string(8192, 'x') + "\nRequire all denied\n");
        write_file(tmp_ / "page.html", "page");
        return fmt::format(
            "{1}DocumentRoot {0}\n<Directory {0}>\nAllowOverride All\nRequire all "
            "granted\n</Directory>\n",
            tmp_.path(),
            before
        );
    }
    const TempDir tmp_;
};

TEST_F(InquiryForFiles, TellsAllWhoWaitForOneFile) {
    InquiryUnderTest inquiry(text());
    const InquiryClient first(inquiry, "/page.html");
    const InquiryClient second(inquiry, "/page.html");
    EXPECT_EQ(second.phase(), Phase::kFilesAwaited);
    EXPECT_TRUE(inquiry.hears_until([&] { return first.follows > 0 && second.follows > 0; }));
    EXPECT_EQ(first.status, 403);
    EXPECT_EQ(second.status, 403);
    inquiry.take_news();
    EXPECT_EQ(first.follows + second.follows, 2) << "each once";
}

TEST_F(InquiryForFiles, GoesOnWithTheOthersWhenOneClientGoes) {
    InquiryUnderTest inquiry(text());
    InquiryClient gone(inquiry, "/page.html");
    const InquiryClient stays(inquiry, "/page.html");
    gone.leave();
    const InquiryClient next(inquiry, "/page.html");  // has its exchange
    EXPECT_TRUE(inquiry.hears_until([&] { return stays.follows > 0 && next.follows > 0; }));
    EXPECT_EQ(stays.follows, 1);
    EXPECT_EQ(next.follows, 1);
}

// The one waits for the name, the other for the file; both for both in the end.
TEST_F(InquiryForFiles, WaitsForOneThingAfterTheOther) {
    InquiryUnderTest inquiry(text());
    write_file(
        tmp_ / ".htaccess", "# " + std::string(8192, 'x') + "\nRequire host .friends.example\n"
    );
    InquiryClient gone(inquiry, "/page.html");
    const InquiryClient client(inquiry, "/page.html");
    ASSERT_EQ(client.phase(), Phase::kFilesAwaited);
    EXPECT_TRUE(inquiry.hears_until([&] { return client.phase() == Phase::kNameAwaited; }));
    EXPECT_EQ(gone.phase(), Phase::kNameAwaited);
    gone.leave();
    inquiry.take_news();  // files: nobody waits for them any more
    inquiry.tell_name(client, "one.friends.example");
    EXPECT_EQ(client.kind, OutcomeKind::kFile);
    EXPECT_EQ(client.follows, 1);
}

// --- Beside the loop

class InquiryAside : public testing::Test {
protected:
    std::string text() {
        write_file(tmp_ / "map.txt", "one http://one.example/\n");
        return fmt::format(
            "Timeout 5\nRewriteEngine On\nRewriteMap names txt:{}/map.txt\n"
            "RewriteRule ^/(.*) ${{names:$1|http://none.example/}} [R]\n",
            tmp_.path()
        );
    }
    const TempDir tmp_;
    InquiryUnderTest inquiry_{text()};
    std::promise<void> gate_;  // goes first, and so nobody waits behind it for ever
};

TEST_F(InquiryAside, GoesOnWithWhatAnotherThreadHasFoundOut) {
    const InquiryClient client(inquiry_, "/one");
    ASSERT_EQ(client.phase(), Phase::kMapAwaited);
    EXPECT_TRUE(inquiry_.hears_until([&] { return client.follows > 0; }));
    EXPECT_EQ(client.status, 302);
    EXPECT_EQ(client.pumps, 1);
}

TEST_F(InquiryAside, ForgetsAClientThatGoesMeanwhileAndOneThatGoesWhenItIsReady) {
    InquiryClient gone(inquiry_, "/one");
    gone.leave();
    EXPECT_TRUE(inquiry_.is_idle());
    const InquiryClient next(inquiry_, "/two");  // has its exchange
    EXPECT_TRUE(inquiry_.hears_until([&] { return next.follows > 0; }));
    EXPECT_EQ(next.follows, 1);
}

// 503 where Timeout ends first; what is found out later is nobody's.
TEST_F(InquiryAside, WaitsNoLongerThanTimeout) {
    inquiry_.hold_up_side_threads(gate_.get_future().share());
    InquiryClient client(inquiry_, "/one");
    ASSERT_EQ(client.phase(), Phase::kMapAwaited);
    for (int i = 0; i < 4; ++i) {
        inquiry_.pass(std::chrono::seconds(1));
        inquiry_.take_news();
    }
    EXPECT_EQ(client.refusal, 0);
    for (int i = 0; i < 3; ++i) {
        inquiry_.pass(std::chrono::seconds(1));
    }
    EXPECT_EQ(client.refusal, 503);
    EXPECT_EQ(client.follows, 0);
    client.leave();
    gate_.set_value();
    const InquiryClient next(inquiry_, "/two");
    EXPECT_TRUE(inquiry_.hears_until([&] { return next.follows > 0; }));
    EXPECT_EQ(client.follows, 0);
}

}  // namespace
}  // namespace test
