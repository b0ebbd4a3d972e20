// Look-ups of names by threads that the test holds up: whom a silent name server makes wait, and
// what is asked how often.
#include "core/server/dispatch/aside/name_resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "core/loop/ring/ring.h"
#include "tests/support/deadline.h"

namespace test {
namespace {

using server::ClientName;
using server::NameResolver;

// A name service that says nothing about some addresses before it is told to. Threads that the
// resolver has left behind have a share in it.
class NameService {
public:
    ClientName ask(const std::string& address) {
        std::unique_lock lock(mutex_);
        ++asked_[address];
        changed_.notify_all();
        changed_.wait(lock, [&] { return !silent_.contains(address); });
        return address == "192.0.2.66" ? ClientName() : ClientName("name-of-" + address);
    }
    void be_silent_about(const std::string& address) {
        const std::lock_guard lock(mutex_);
        silent_.insert(address);
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        silent_.clear();
        changed_.notify_all();
    }
    [[nodiscard]] int asked(const std::string& address) {
        const std::lock_guard lock(mutex_);
        return asked_[address];
    }
    [[nodiscard]] bool is_asked(const std::string& address) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), [&] {
            return asked_[address] > 0;
        });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> silent_;
    std::map<std::string, int> asked_;
};

class NameResolverTest : public testing::Test {
protected:
    using Question = std::shared_ptr<server::NameQuestion>;

    NameResolverTest() {
        auto made = loop::create_ring(loop::Backend::kEpoll);
        EXPECT_TRUE(made.has_value());
        auto loop = loop::Loop::create(std::move(made->ring));
        EXPECT_TRUE(loop.has_value());
        loop_ = std::move(*loop);
        found_ = std::make_shared<server::FoundNames>(*loop_);
    }
    ~NameResolverTest() override {
        found_->close();
        service_->answer_all();
    }

    [[nodiscard]] Question question(std::uint32_t host, const std::string& address) {
        auto made = std::make_shared<server::NameQuestion>();
        made->host = host;
        made->address = address;
        made->ticket = {1, ++incarnation_};
        made->found = found_;
        return made;
    }
    Question ask(std::uint32_t host, const std::string& address) {
        auto its = question(host, address);
        EXPECT_TRUE(names_->look_up(its));
        return its;
    }
    [[nodiscard]] bool is_answered(const Question& question) {
        return eventually([&] {
            server::FoundNames::Questions taken;
            found_->take(taken);
            answered_.insert(answered_.end(), taken.begin(), taken.end());
            return std::ranges::find(answered_, question) != answered_.end();
        });
    }

    std::shared_ptr<NameService> service_ = std::make_shared<NameService>();
    std::unique_ptr<loop::Loop> loop_;
    std::shared_ptr<server::FoundNames> found_;
    server::FoundNames::Questions answered_;
    std::uint64_t incarnation_ = 0;
    std::unique_ptr<NameResolver> names_ =
        std::make_unique<NameResolver>([service = service_](const std::string& address) {
            return service->ask(address);
        });
};

TEST_F(NameResolverTest, AnswersWhoeverAsked) {
    const auto its = ask(0, "192.0.2.1");
    ASSERT_TRUE(is_answered(its));
    EXPECT_EQ(its->name, "name-of-192.0.2.1");
    EXPECT_EQ(names_->known("192.0.2.1"), ClientName("name-of-192.0.2.1"));
    EXPECT_FALSE(names_->known("192.0.2.2").has_value());
}

TEST_F(NameResolverTest, ASilentNameServerHoldsUpNoOtherHost) {
    std::vector<Question> silent;
    for (int i = 1; i <= 200; ++i) {
        const std::string address = "198.51.100." + std::to_string(i);
        service_->be_silent_about(address);
        silent.push_back(ask(0, address));
    }
    const auto other = ask(1, "192.0.2.1");
    EXPECT_TRUE(is_answered(other));
    service_->answer_all();
    EXPECT_TRUE(is_answered(silent.back()));
}

TEST_F(NameResolverTest, LooksAnAddressUpOnceForAllWhoWait) {
    service_->be_silent_about("192.0.2.1");
    const auto first = ask(0, "192.0.2.1");
    ASSERT_TRUE(service_->is_asked("192.0.2.1"));
    const auto second = ask(0, "192.0.2.1");
    const auto elsewhere = ask(1, "192.0.2.1");
    service_->answer_all();
    EXPECT_TRUE(is_answered(first) && is_answered(second) && is_answered(elsewhere));
    EXPECT_EQ(elsewhere->name, "name-of-192.0.2.1");
    const auto later = ask(0, "192.0.2.1");
    EXPECT_TRUE(is_answered(later));
    EXPECT_EQ(service_->asked("192.0.2.1"), 1);
}

// Four threads of the host are with the first ones.
TEST_F(NameResolverTest, DoesNotAskAboutClientsThatHaveGone) {
    std::vector<Question> silent;
    for (int i = 1; i <= 4; ++i) {
        const std::string address = "198.51.100." + std::to_string(i);
        service_->be_silent_about(address);
        silent.push_back(ask(0, address));
        ASSERT_TRUE(service_->is_asked(address));
    }
    const auto gone = ask(0, "192.0.2.1");
    const auto stays = ask(0, "192.0.2.2");
    gone->is_dropped = true;
    service_->answer_all();
    EXPECT_TRUE(is_answered(stays));
    EXPECT_TRUE(eventually([&] { return names_->waiting() == 0; }));
    EXPECT_EQ(service_->asked("192.0.2.1"), 0);
}

TEST_F(NameResolverTest, WhatCannotBeFoundOutIsNoName) {
    const auto its = ask(0, "192.0.2.66");
    ASSERT_TRUE(is_answered(its));
    EXPECT_EQ(its->name, ClientName());
}

TEST_F(NameResolverTest, RefusesAHostThatAsksForTooManyAndNoOther) {
    bool is_refused = false;
    for (int i = 0; i < 10'000 && !is_refused; ++i) {
        const std::string address =
            "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
        service_->be_silent_about(address);
        is_refused = !names_->look_up(question(0, address));
    }
    EXPECT_TRUE(is_refused);
    EXPECT_TRUE(is_answered(ask(1, "192.0.2.1")));
}

TEST_F(NameResolverTest, WithoutAThreadNothingCanBeAsked) {
    NameResolver names(&NameResolver::name_of, [](const std::function<void()>&) {
        throw std::system_error(EAGAIN, std::generic_category());
    });
    EXPECT_FALSE(names.look_up(question(0, "192.0.2.1")));
    EXPECT_EQ(names.waiting(), 0U);
    EXPECT_FALSE(names.look_up(question(0, "192.0.2.1")));
}

// A stop of the server: it returns, although its thread does not.
TEST_F(NameResolverTest, LeavesALookUpBehindThatDoesNotEnd) {
    service_->be_silent_about("192.0.2.1");
    static_cast<void>(ask(0, "192.0.2.1"));
    ASSERT_TRUE(service_->is_asked("192.0.2.1"));
    names_.reset();
    found_->close();
    service_->answer_all();  // and then it finds nobody
}

TEST(NameOfAnAddress, IsNoneOfWhatIsNoAddress) {
    EXPECT_EQ(NameResolver::name_of("not an address"), ClientName(""));
}

}  // namespace
}  // namespace test
