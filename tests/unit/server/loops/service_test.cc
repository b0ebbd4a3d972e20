// Requests that wait for something to be found out (a name, a .htaccess file, what a rule says, a
// dispatch script's word) while a newer configuration comes, their clients go, and the news comes
// late or never. Without a connection or Python: clients are values, the test is the pool.
#include "core/server/loops/service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tests/support/deadline.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"
#include "tests/unit/server/dispatch/dispatcher_under_test.h"

namespace test {
namespace {

using Phase = server::Exchange::Phase;

#define APPS HOOPSNAKE_SOURCE_DIR "/tests/apps"

class ServiceUnderTest : public server::LoopGeneration::Host {
public:
    class ServiceClient final : public server::Asker {
    public:
        ServiceClient(ServiceUnderTest& test, const std::string& target)
            : service_(*test.service_), exchange_(&service_.take_exchange()) {
            exchange_->client = this;
            exchange_->generation = service_.generation();
            service_.note_begin(*exchange_);
            exchange_->request().method = "GET";
            exchange_->request().target = target;
            exchange_->request().authority = "a";
            exchange_->facts().remote_addr = remote_addr_;
            service_.dispatch(*exchange_);
        }
        ~ServiceClient() override { leave(); }

        void leave() {
            if (server::Exchange* const gone = std::exchange(exchange_, nullptr)) {
                gone->client = nullptr;
                service_.abandon(*gone);
            }
        }
        // With whoever answers: nothing more has to be found out.
        [[nodiscard]] bool is_through() const { return !exchange_->is_deferred(); }
        [[nodiscard]] Phase phase() const { return exchange_->phase; }
        [[nodiscard]] int status() const { return status_; }
        [[nodiscard]] const std::string& location() const { return location_; }

        // server::Asker
        void pump() override {}
        void answer_with_page(server::Page page) override {
            exchange_->enter(Phase::kOwnAnswer, nullptr);
            status_ = page.status;
            location_ = page.location;
        }
        void answer_with_file(const site::Outcome& outcome) override {
            exchange_->enter(Phase::kOwnAnswer, nullptr);
            status_ = outcome.status;
        }
        void answer_failure(int status) override {
            exchange_->enter(Phase::kReading, nullptr);
            service_.answer_failure(*exchange_, status);
        }
        void answer_instead(server::Page) override { ADD_FAILURE(); }
        [[nodiscard]] bool is_body_coming() const override { return false; }
        [[nodiscard]] bool is_body_held_back() const override { return false; }
        [[nodiscard]] const std::string& remote_addr() const override { return remote_addr_; }
        [[nodiscard]] std::uint16_t remote_port() const override { return 4711; }

    private:
        server::Service& service_;
        server::Exchange* exchange_;
        int status_ = 0;
        std::string location_;
        const std::string remote_addr_ = "no address";  // and so it has no name, for certain
    };

    explicit ServiceUnderTest(const std::string& text) {
        auto made = loop::Loop::create(std::make_unique<ScriptedRing>());
        EXPECT_TRUE(made.has_value());
        loop_ = std::move(*made);
        server::Service::Process process{
            ServedText::of(text),
            budgets_,
            &pool_,
            side_mapper_,
            names_,
            pulse_,
            [](const ipc::Link&) {}};
        service_ = std::make_unique<server::Service>(process, *loop_, *this);
    }
    ~ServiceUnderTest() override { find_names(); }
    ServiceUnderTest(const ServiceUnderTest&) = delete;
    ServiceUnderTest& operator=(const ServiceUnderTest&) = delete;

    void find_names() {
        if (!std::exchange(has_opened_, true)) {
            gate_.set_value();
        }
    }
    // What others have found out is heard in it, as at the end of a turn of the loop.
    void turn() {
        service_->hear_and_send();
        service_->bury();
    }
    template <class Condition>
    [[nodiscard]] bool turn_until(Condition&& condition) {
        const Deadline deadline;
        while (!condition()) {
            if (deadline.has_passed()) {
                return false;
            }
            loop_->turn(std::chrono::milliseconds(1));
            turn();
        }
        return true;
    }
    void adopt(const std::string& text) {
        service_->generations().adopt(ServedText::of(text));
        service_->bury();
    }
    [[nodiscard]] std::size_t generations() const { return service_->generations().count(); }
    [[nodiscard]] bool is_idle() const { return service_->exchanges().is_idle(); }
    IdlePool& pool() { return pool_; }

    // LoopGeneration::Host
    [[nodiscard]] bool is_draining() const override { return false; }
    void on_link_ended() override {}
    void on_link_lost(const ipc::Link&) override {}

private:
    server::Budgets budgets_;
    server::SideMapper side_mapper_;
    server::LoopPulse pulse_;
    IdlePool pool_;
    std::promise<void> gate_;
    // Nobody finds out names before the test says so.
    server::NameResolver names_{
        [open = gate_.get_future().share()](const std::string&) -> server::ClientName {
            open.wait();
            return "";
        }};
    bool has_opened_ = false;
    std::unique_ptr<loop::Loop> loop_;
    std::unique_ptr<server::Service> service_;
};

using ServiceClient = ServiceUnderTest::ServiceClient;

struct StepOfService {
    std::string_view name;
    std::string_view target;
    Phase phase;
    int status;  // once everything has been found out; 0: Python answers
};

// Files in a directory of its own, which the first request of a test is the first to ask for.
class ServiceAtStep : public testing::TestWithParam<StepOfService> {
protected:
    // Long enough for another thread to read it.
    static std::string large(const std::string& lines) {
        return "# " + std::string(8192, 'x') + "\n" + lines;
    }
    std::string old_text() {
        write_file(tmp_ / ".htaccess", large("Require all denied\n"));
        write_file(tmp_ / "page.html", "page");
        write_file(tmp_ / "map.txt", "/mapped /old\n");
        return fmt::format(
            "DocumentRoot {0}\n<Directory {0}>\nAllowOverride All\nRequire all "
            "granted\n</Directory>\n"
            "<Location /named>\nRequire host nowhere.example\n</Location>\n"
            "RewriteEngine On\nRewriteMap old txt:{0}/map.txt\n"
            "RewriteRule ^/mapped$ http://${{old:/mapped|none}}.example/ [R,L]\n"
            "<Location /asked>\nWSGIDispatchScript " APPS
            "/dispatches.py\n</Location>\n"
            "WSGIScriptAlias /asked " APPS
            "/hello.py\n"
            "WSGIScriptAlias /named " APPS "/hello.py\n",
            tmp_.path()
        );
    }
    // Whoever asks for anything now is answered by the newest one, at once.
    void expect_service() {
        ServiceClient client(service_, "/anything");
        EXPECT_EQ(client.location(), "http://new.example/anything");
    }
    void expect_end() {
        service_.turn();
        EXPECT_EQ(service_.generations(), 1U);
        EXPECT_TRUE(service_.is_idle());
        expect_service();
    }
    bool finds_everything(ServiceClient& client) {
        service_.find_names();
        if (client.phase() == Phase::kScriptAsked) {
            service_.pool().take().finish();
        }
        return service_.turn_until([&] { return client.is_through(); });
    }

    const TempDir tmp_;
    ServiceUnderTest service_{old_text()};
    static constexpr const char* kNew = "Redirect / http://new.example/\n";
};

TEST_P(ServiceAtStep, AnswersByTheOlderConfigurationWhatIsFoundOutAfterANewerOneHasCome) {
    ServiceClient client(service_, std::string(GetParam().target));
    ASSERT_EQ(client.phase(), GetParam().phase);
    service_.adopt(kNew);
    EXPECT_EQ(service_.generations(), 2U);
    expect_service();
    ASSERT_TRUE(finds_everything(client));
    EXPECT_EQ(client.status(), GetParam().status);
    client.leave();
    expect_end();
}

TEST_P(ServiceAtStep, LetsGoOfTheOlderConfigurationWhenTheClientGoesAfterANewerOneHasCome) {
    ServiceClient client(service_, std::string(GetParam().target));
    ASSERT_EQ(client.phase(), GetParam().phase);
    service_.adopt(kNew);
    EXPECT_EQ(service_.generations(), 2U);
    client.leave();
    expect_end();
    service_.find_names();  // news of nobody
    service_.turn();
    expect_service();
}

TEST_P(ServiceAtStep, LetsGoOfTheOlderConfigurationWhenTheClientHasGoneBefore) {
    ServiceClient client(service_, std::string(GetParam().target));
    ASSERT_EQ(client.phase(), GetParam().phase);
    client.leave();
    service_.adopt(kNew);
    expect_end();
}

// Another one has the exchange by the time that the news comes.
TEST_P(ServiceAtStep, TellsTheNextRequestNothingOfTheOneWhoseClientHasGone) {
    ServiceClient client(service_, std::string(GetParam().target));
    ASSERT_EQ(client.phase(), GetParam().phase);
    client.leave();
    ServiceClient next(service_, std::string(GetParam().target));
    service_.adopt(kNew);
    ASSERT_TRUE(finds_everything(next));
    EXPECT_EQ(next.status(), GetParam().status);
    next.leave();
    expect_end();
}

INSTANTIATE_TEST_SUITE_P(
    Steps,
    ServiceAtStep,
    testing::Values(
        StepOfService{"NameAwaited", "/named", Phase::kNameAwaited, 403},
        StepOfService{"FilesAwaited", "/page.html", Phase::kFilesAwaited, 403},
        StepOfService{"MapAwaited", "/mapped", Phase::kMapAwaited, 302},
        StepOfService{"ScriptAsked", "/asked", Phase::kScriptAsked, 0}
    ),
    [](const auto& step) { return std::string(step.param.name); }
);

// A thread has the question: only when it gives that back is the older one let go of.
TEST(ServiceWithADispatchScript, HoldsTheOlderConfigurationUntilTheThreadHasEnded) {
    ServiceUnderTest service("WSGIDispatchScript " APPS "/dispatches.py\nWSGIScriptAlias / " APPS
                             "/hello.py\n");
    ServiceClient client(service, "/");
    ASSERT_EQ(client.phase(), Phase::kScriptAsked);
    interp::Task& task = service.pool().take();
    service.adopt("");
    client.leave();
    service.turn();
    EXPECT_EQ(service.generations(), 2U);
    task.finish();
    service.turn();
    EXPECT_EQ(service.generations(), 1U);
    EXPECT_TRUE(service.is_idle());
    EXPECT_TRUE(service.pool().waiting.empty()) << "nobody is asked for an answer";
}

}  // namespace
}  // namespace test
