// Access by the name of the client's host while the name server is one of the client's own: it may
// be silent as long as it likes, and fail. The server has a mount namespace with a resolv.conf that
// names the test as its name server.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::uint16_t kPtr = 12;
constexpr std::uint16_t kA = 1;

// A name server (RFC 1035 section 4.1). Addresses of `names` have them, the others' names are not
// told before answer_all() gives them one; those of `broken` get SERVFAIL.
class NameServer {
public:
    NameServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const auto number = static_cast<unsigned>(::getpid());
        address_ = fmt::format("127.77.{}.{}", number / 250 % 250 + 1, number % 250 + 1);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        own.sin_port = htons(53);
        ::inet_pton(AF_INET, address_.c_str(), &own.sin_addr);
        is_bound_ = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
        thread_ = std::thread([this] { serve(); });
    }
    ~NameServer() {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
        thread_.join();
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    [[nodiscard]] bool is_bound() const { return is_bound_; }
    [[nodiscard]] const std::string& address() const { return address_; }
    void be_broken_for(const std::string& address) {
        const std::lock_guard lock(mutex_);
        broken_.push_back(address);
    }
    // How often somebody has asked what `address` is called.
    [[nodiscard]] int asked(const std::string& address) {
        const std::lock_guard lock(mutex_);
        return asked_[address];
    }
    [[nodiscard]] bool is_asked(const std::string& address) {
        return eventually([&] { return asked(address) > 0; });
    }
    // Whoever waits is told that `address` is called `name`.
    void answer_all(const std::string& address, const std::string& name) {
        const std::lock_guard lock(mutex_);
        names_[address] = name;
        for (const Query& query : std::exchange(waiting_, {})) {
            answer(query);
        }
    }

private:
    struct Query {
        std::string id;        // two bytes
        std::string question;  // as it came
        std::string name;
        std::uint16_t type = 0;
        sockaddr_in from{};
    };

    static std::string wire_name(const std::string& name) {
        std::string wire;
        std::size_t at = 0;
        while (at < name.size()) {
            const std::size_t end = std::min(name.find('.', at), name.size());
            wire += static_cast<char>(end - at);
            wire += name.substr(at, end - at);
            at = end + 1;
        }
        return wire + '\0';
    }
    static std::string number(unsigned value) {
        return {static_cast<char>(value >> 8U & 0xFFU), static_cast<char>(value & 0xFFU)};
    }
    // Of "9.0.0.127.in-addr.arpa".
    static std::string address_in(const std::string& name) {
        std::array<unsigned, 4> parts{};
        static_cast<void>(
            std::sscanf(name.c_str(), "%u.%u.%u.%u", &parts[3], &parts[2], &parts[1], &parts[0])
        );
        return fmt::format("{}.{}.{}.{}", parts[0], parts[1], parts[2], parts[3]);
    }

    void serve() {
        std::array<pollfd, 2> fds{{{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        while (::poll(fds.data(), fds.size(), -1) > 0 && fds[1].revents == 0) {
            std::array<char, 2048> bytes{};
            Query query;
            socklen_t size = sizeof query.from;
            auto* const from = reinterpret_cast<sockaddr*>(&query.from);
            const ssize_t count =
                ::recvfrom(socket_.get(), bytes.data(), bytes.size(), 0, from, &size);
            if (count < 17) {
                continue;
            }
            const std::string all(bytes.data(), static_cast<std::size_t>(count));
            std::size_t at = 12;
            while (all[at] != 0) {
                const auto length = static_cast<std::size_t>(all[at]);
                query.name += (query.name.empty() ? "" : ".") + all.substr(at + 1, length);
                at += length + 1;
            }
            query.id = all.substr(0, 2);
            query.question = all.substr(12, at + 5 - 12);
            query.type = static_cast<std::uint16_t>(all[at + 2]);
            take(query);
        }
    }
    void take(const Query& query) {
        const std::lock_guard lock(mutex_);
        if (query.type == kPtr) {
            const std::string address = address_in(query.name);
            ++asked_[address];
            const bool is_broken =
                std::find(broken_.begin(), broken_.end(), address) != broken_.end();
            if (!is_broken && !names_.contains(address)) {
                waiting_.push_back(query);
                return;
            }
        }
        answer(query);
    }
    // Under mutex_.
    void answer(const Query& query) {
        constexpr unsigned kFine = 0x8180;
        constexpr unsigned kFailed = 0x8182;
        std::string data;
        unsigned flags = kFine;
        if (query.type == kPtr) {
            const auto found = names_.find(address_in(query.name));
            flags = found == names_.end() ? kFailed : kFine;
            data = found == names_.end() ? "" : wire_name(found->second);
        } else if (query.type == kA) {
            for (const auto& [address, name] : names_) {
                if (name == query.name) {
                    data.resize(4);
                    ::inet_pton(AF_INET, address.c_str(), data.data());
                }
            }
        }
        const std::string count = number(data.empty() ? 0 : 1);
        std::string reply =
            query.id + number(flags) + number(1) + count + number(0) + number(0) + query.question;
        if (!data.empty()) {
            reply += number(0xC00C) + number(query.type) + number(1) + number(0) + number(60) +
                     number(static_cast<unsigned>(data.size())) + data;
        }
        const auto* const to = reinterpret_cast<const sockaddr*>(&query.from);
        static_cast<void>(
            ::sendto(socket_.get(), reply.data(), reply.size(), 0, to, sizeof query.from)
        );
    }

    const base::Fd socket_;
    const base::Fd stop_{::eventfd(0, EFD_CLOEXEC)};
    std::string address_;
    bool is_bound_ = false;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, std::string> names_{
        {"127.0.0.9", "one.good.example"}, {"127.0.0.10", "one.evil.example"}};
    std::vector<std::string> broken_;
    std::map<std::string, int> asked_;
    std::vector<Query> waiting_;
    std::thread thread_;  // last: it uses the others
};

class NameService : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0 || !names_.is_bound()) {
            GTEST_SKIP() << "nobody may be a name server here";
        }
        // The resolver gives a silent one up after that.
        write_file(
            tmp() / "resolv.conf",
            "nameserver " + names_.address() + "\noptions timeout:30 attempts:1\n"
        );
        write_file(tmp() / "nsswitch.conf", "hosts: files dns\n");
        const std::string bind = substitute(
            "for name in resolv nsswitch; do test ! -e /etc/$name.conf || "
            "mount --bind ${tmp}/$name.conf /etc/$name.conf || exit 77; done\nexec \"$@\""
        );
        options_.wrapper = {"unshare", "-m", "--propagation", "private", "sh", "-c", bind, "sh"};
        if (::access("/etc/resolv.conf", F_OK) != 0 ||
            Server::run({"-v"}, tmp().path(), options_).exit_code != 0) {
            GTEST_SKIP() << "there is no mount namespace with a resolv.conf of its own here";
        }
    }
    Server& start_hosts(const std::string& before = "") {
        const std::string named =
            "WSGIScriptAlias / ${apps}/hello.py\n"
            "<Location /friends>\nRequire host good.example\n</Location>\n"
            "<Location /others>\n<RequireAll>\nRequire all granted\n"
            "Require not host evil.example\n</RequireAll>\n</Location>\n</VirtualHost>\n";
        return start(
            "ServerThreads 2\n" + before + "<VirtualHost *>\nServerName attacked\n" + named +
                "<VirtualHost *>\nServerName other\n" + named,
            options_
        );
    }
    static Client ask(
        const Server& server,
        const std::string& from,
        const std::string& host,
        const std::string& path
    ) {
        Client client = server.connect({.from = from});
        client.send(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, host));
        return client;
    }
    static Response get(
        const Server& server,
        const std::string& from,
        const std::string& host,
        const std::string& path
    ) {
        Client client = ask(server, from, host, path);
        return client.read_response();
    }

    NameServer names_;
    ServerOptions options_;
};

TEST_F(NameService, OfClientsOfOneHostThatIsSilentHoldsUpNoOtherHost) {
    Server& server = start_hosts();
    std::vector<Client> silent;
    for (int i = 1; i <= 40; ++i) {
        silent.push_back(ask(server, fmt::format("127.3.0.{}", i), "attacked", "/friends"));
    }
    ASSERT_TRUE(names_.is_asked("127.3.0.1"));
    ASSERT_TRUE(names_.is_asked("127.3.0.2"));
    EXPECT_EQ(get(server, "127.0.0.9", "other", "/friends").status, 200);
    EXPECT_EQ(get(server, "127.0.0.10", "other", "/friends").status, 403);
    EXPECT_EQ(get(server, "127.0.0.9", "other", "/others").status, 200);
    EXPECT_EQ(get(server, "127.0.0.10", "other", "/others").status, 403);
    expect_log("denied by Require");
}

TEST_F(NameService, IsAskedOnceAboutAnAddress) {
    Server& server = start_hosts();
    std::vector<Client> same;
    for (int i = 0; i < 8; ++i) {
        same.push_back(ask(server, "127.3.0.1", i % 2 == 0 ? "attacked" : "other", "/friends"));
    }
    ASSERT_TRUE(names_.is_asked("127.3.0.1"));
    // All have been read when one of each loop that came later is answered.
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(get(server, "127.0.0.9", "other", "/friends").status, 200);
    }
    names_.answer_all("127.3.0.1", "late.good.example");
    for (Client& client : same) {
        EXPECT_EQ(client.read_response().status, 200);
    }
    EXPECT_EQ(names_.asked("127.3.0.1"), 1);
}

// "Require not host" lets nobody in of whom it is not known what he is called.
TEST_F(NameService, ThatFailsLetsNobodyIn) {
    Server& server = start_hosts();
    names_.be_broken_for("127.3.0.1");
    for (const char* const path : {"/others", "/friends"}) {
        const Response response = get(server, "127.3.0.1", "other", path);
        EXPECT_EQ(response.status, 503) << path;
        EXPECT_EQ(response.header("Retry-After"), "1") << path;
    }
    expect_log("cannot be found out");
}

TEST_F(NameService, ThatIsSilentIsGivenUpAfterTimeout) {
    Server& server = start_hosts("Timeout 1\n");
    const Response response = get(server, "127.3.0.1", "other", "/others");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("Retry-After"), "1");
    expect_log("cannot be found out .nobody has said it within Timeout.");
}

TEST_F(NameService, ThatIsSilentHoldsUpNoStop) {
    Server& server = start_hosts();
    Client client = ask(server, "127.3.0.1", "other", "/friends");
    ASSERT_TRUE(names_.is_asked("127.3.0.1"));
    client.reset();
    server.stop();  // and the log says nothing of a process that is waited for
}

}  // namespace
}  // namespace test
