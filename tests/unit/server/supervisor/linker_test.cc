// When processes are connected with each other: few links at a time, and later where there is no
// descriptor for them. The test is the sockets.
#include "core/server/supervisor/linker.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace test {
namespace {

using server::Child;
using namespace std::chrono_literals;

// Two server processes, and two daemon processes of one group, all running.
class Linker : public testing::Test, public server::Linker::Maker {
protected:
    Linker() {
        for (std::uint32_t i = 0; i < 4; ++i) {
            Child& child = children_.emplace_back();
            child.group = i < 2 ? nullptr : &group_;
            child.index = i % 2;
            child.log = &base::main_log();
            child.process.control = ipc::Channel(base::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
        }
    }
    using Links = std::vector<std::pair<int, int>>;
    // Numbers in children_.
    Links made() { return std::exchange(made_, {}); }

    base::Result<> connect(Child& server, Child& daemon) override {
        if (places_ == 0) {
            return base::fail_errno("socketpair", EMFILE);
        }
        --places_;
        made_.emplace_back(number_of(server), number_of(daemon));
        return {};
    }
    bool flush(Child& child) override { return number_of(child) != full_; }

    int number_of(const Child& child) const { return static_cast<int>(&child - children_.data()); }
    bool is_told_to_refuse(Child& child) {
        return !std::exchange(child.process.control.outbox().bytes(), {}).empty();
    }

    config::DaemonGroup group_;
    std::vector<Child> children_;
    int places_ = 100;
    int full_ = -1;
    Links made_;
    Child::Clock::time_point now_{1h};
    server::Linker linker_{children_, *this};
};

TEST_F(Linker, ConnectsANewProcessWithAllOfTheOtherKind) {
    linker_.want(children_[0]);
    EXPECT_TRUE(linker_.next().has_value());
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 2}, {0, 3}}));
    EXPECT_FALSE(linker_.next().has_value());
    linker_.want(children_[3]);
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 3}, {1, 3}}));
}

TEST_F(Linker, WaitsUntilWhoIsFullHasTakenWhatWasSent) {
    full_ = 2;
    linker_.want(children_[0]);
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 3}}));
    EXPECT_EQ(linker_.next(), now_ + server::Linker::kRetry);
    full_ = -1;
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 2}}));
}

TEST_F(Linker, MakesALinkLaterWhereNoDescriptorIsFree) {
    places_ = 1;
    linker_.want(children_[0]);
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 2}}));
    EXPECT_FALSE(is_told_to_refuse(children_[0])) << "there is another process of the group";
    linker_.proceed(now_);
    EXPECT_TRUE(made().empty());
    places_ = 1;
    linker_.proceed(now_);
    EXPECT_EQ(made(), (Links{{0, 3}}));
    EXPECT_FALSE(linker_.next().has_value());
}

// Its requests would wait for who knows how long.
TEST_F(Linker, HasAGroupRefusedWhereNoProcessOfItIsConnected) {
    places_ = 0;
    linker_.want(children_[0]);
    linker_.proceed(now_);
    EXPECT_TRUE(is_told_to_refuse(children_[0]));
    EXPECT_FALSE(is_told_to_refuse(children_[1])) << "it has its links";
    linker_.proceed(now_);
    EXPECT_FALSE(is_told_to_refuse(children_[0])) << "once";
}

TEST_F(Linker, ForgetsWhoHasEnded) {
    places_ = 0;
    linker_.want(children_[0]);
    linker_.want(children_[2]);
    linker_.proceed(now_);
    places_ = 100;
    linker_.forget(children_[0]);
    children_[1].process.control.close();
    linker_.proceed(now_);
    EXPECT_TRUE(made().empty());
    EXPECT_FALSE(linker_.next().has_value());
}

}  // namespace
}  // namespace test
