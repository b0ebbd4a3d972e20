// A LoopThread without a process around it: the test turns the loop itself, is the clients at the
// other ends of socketpairs, and is the daemon process.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/server/loops/loop_thread.h"
#include "ipc/channel.h"
#include "ipc/messages.h"
#include "tests/support/deadline.h"
#include "tests/unit/server/served_text.h"

namespace test {

class LoopUnderTest {
public:
    explicit LoopUnderTest(
        const std::string& text,
        server::PoolFeed::Pool* pool = nullptr,
        server::NameResolver::Ask ask_for_names = &server::NameResolver::name_of
    )
        : served_(ServedText::of(text)), names_(std::move(ask_for_names)) {
        auto made = server::LoopThread::create(
            {served_,
             budgets_,
             pool,
             side_mapper_,
             names_,
             pulse_,
             [this](const ipc::Link&) { ++links_lost_; }},
            {}
        );
        EXPECT_TRUE(made.has_value());
        thread_ = std::move(*made);
    }
    ~LoopUnderTest() {
        thread_->drain();
        daemons_.clear();
        thread_->loop().run();  // until nothing is left
    }
    LoopUnderTest(const LoopUnderTest&) = delete;
    LoopUnderTest& operator=(const LoopUnderTest&) = delete;

    server::LoopThread& operator*() { return *thread_; }
    server::LoopThread* operator->() { return thread_.get(); }
    [[nodiscard]] int links_lost() const { return links_lost_; }

    void turn() { thread_->loop().turn(std::chrono::milliseconds(1)); }
    // Turns until `condition()` holds.
    template <class Condition>
    [[nodiscard]] bool turn_until(Condition&& condition) {
        const Deadline deadline;
        while (!condition()) {
            if (deadline.has_passed()) {
                return false;
            }
            turn();
        }
        return true;
    }

    // A client that is connected by TCP; its end.
    base::Fd connect() {
        const base::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener.get(), plain, size), 0);
        EXPECT_EQ(::listen(listener.get(), 1), 0);
        EXPECT_EQ(::getsockname(listener.get(), plain, &size), 0);
        base::Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(client.get(), plain, size), 0);
        base::Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)
        );
        EXPECT_TRUE(accepted.is_open());
        thread_->add(std::move(accepted), endpoint_);
        return client;
    }
    static void reset(base::Fd& client) {
        const linger at_once{1, 0};
        EXPECT_EQ(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
        client.reset();
    }
    // No request is left in the loop.
    [[nodiscard]] bool becomes_idle() {
        return turn_until([this] { return thread_->service().exchanges().is_idle(); });
    }
    // A link of `group`; the daemon process's end, which lives as long as this or until it dies.
    ipc::Channel& add_daemon(std::uint32_t group = 0) {
        auto [ours, theirs] = pair();
        ipc::Link link;
        link.group = group;
        thread_->tell_groups(
            served_,
            [link, shared = std::make_shared<base::Fd>(std::move(theirs))](auto& groups) {
                groups.add_link(std::move(*shared), link);
            }
        );
        daemons_.push_back(std::make_unique<ipc::Channel>(std::move(ours)));
        turn();
        return *daemons_.back();
    }

    // What begins from now on is served by this; daemon processes that are added are its.
    void adopt(const std::string& text) {
        served_ = ServedText::of(text);
        thread_->adopt(served_);
        turn();
    }
    // The newest.
    [[nodiscard]] const auto& served() const { return served_; }
    // As many generations are left.
    [[nodiscard]] bool has_generations(std::size_t count) {
        return turn_until([&] { return thread_->service().generations().count() == count; });
    }

    // The next frame that the daemon process hears.
    struct Heard {
        ipc::FrameType type{};
        std::uint32_t stream = 0;
        bool is_last = false;
        std::string payload;
    };
    std::optional<Heard> hear(ipc::Channel& daemon) {
        std::optional<Heard> heard;
        EXPECT_TRUE(turn_until([&] {
            auto frame = daemon.next();
            if (!frame || !*frame) {
                const auto received = daemon.receive();
                EXPECT_TRUE(received.has_value());
                frame = daemon.next();
            }
            // Whether all arrives is asked at any time.
            if (frame && *frame && (*frame)->header.type != ipc::FrameType::kEcho) {
                heard = Heard{
                    (*frame)->header.type,
                    (*frame)->header.stream,
                    (*frame)->is_last(),
                    std::string((*frame)->payload)};
            }
            return heard.has_value();
        }));
        return heard;
    }
    static void say(
        ipc::Channel& daemon,
        ipc::FrameType type,
        std::uint32_t stream,
        base::Bytes payload = {},
        std::uint8_t flags = 0
    ) {
        daemon.outbox().frame(type, stream, flags, payload);
        EXPECT_TRUE(daemon.flush_all());
    }
    static void say_head(ipc::Channel& daemon, std::uint32_t stream, std::uint64_t length) {
        http::Response response;
        response.status = 200;
        response.reason = "OK";
        response.content_length = length;
        std::string head;
        ipc::encode_response(response, head);
        say(daemon, ipc::FrameType::kHead, stream, head);
    }

    // Turns until `client` has got something that ends with `end`, or its end of the connection.
    std::string read_until(const base::Fd& client, std::string_view end) {
        std::string all;
        EXPECT_TRUE(turn_until([&] {
            char bytes[4096];
            const ssize_t count = ::recv(client.get(), bytes, sizeof bytes, MSG_DONTWAIT);
            all.append(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
            return count == 0 || (!end.empty() && all.ends_with(end));
        })) << all;
        return all;
    }
    static void write(const base::Fd& client, std::string_view bytes) {
        EXPECT_EQ(
            ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size())
        );
    }

private:
    static std::pair<base::Fd, base::Fd> pair() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        return {base::Fd(ends[0]), base::Fd(ends[1])};
    }

    std::shared_ptr<const server::Served> served_;  // the newest
    server::Budgets budgets_;
    server::SideMapper side_mapper_;
    server::NameResolver names_;
    server::LoopPulse pulse_;
    const server::Endpoint endpoint_{-1, "127.0.0.1", 80, false};
    std::unique_ptr<server::LoopThread> thread_;
    std::vector<std::unique_ptr<ipc::Channel>> daemons_;
    int links_lost_ = 0;
};

}  // namespace test
