// Listening sockets: what Listen means, how an address is written, and what an operator is told.
#include "core/server/supervisor/kept/endpoints.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <memory>
#include <string>

namespace {

using server::Endpoint;
using server::Endpoints;

config::Listener listener(const std::string& host, std::uint16_t port = 0) {
    config::Listener result;
    result.host = host;
    result.port = port;
    result.place = {std::make_shared<const std::string>("site.conf"), 3};
    return result;
}

TEST(ServerEndpoint, IsWrittenAsAClientWouldWriteIt) {
    EXPECT_EQ(server::text_of({.address = "127.0.0.1", .port = 8000}), "127.0.0.1:8000");
    EXPECT_EQ(server::text_of({.address = "::1", .port = 8000}), "[::1]:8000");
    EXPECT_EQ(server::text_of({.address = "::", .port = 80, .is_wildcard = true}), "[::]:80");
}

TEST(ServerEndpoints, KnowThePortThatTheKernelChose) {
    const auto opened = Endpoints::open({listener("127.0.0.1"), listener("127.0.0.1")});
    ASSERT_TRUE(opened) << opened.error().what;
    ASSERT_EQ(opened->endpoints.size(), 2U);
    ASSERT_EQ(opened->sockets.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        const Endpoint& endpoint = opened->endpoints[i];
        EXPECT_EQ(endpoint.fd, opened->sockets[i].get());
        EXPECT_EQ(endpoint.address, "127.0.0.1");
        EXPECT_NE(endpoint.port, 0);
        EXPECT_FALSE(endpoint.is_wildcard);
        EXPECT_NE(::fcntl(endpoint.fd, F_GETFL) & O_NONBLOCK, 0);
        EXPECT_NE(::fcntl(endpoint.fd, F_GETFD) & FD_CLOEXEC, 0);
    }
    EXPECT_NE(opened->endpoints[0].port, opened->endpoints[1].port);
}

// It is our bounds that what a client does not take counts in.
TEST(ServerEndpoints, BoundWhatTheKernelKeepsUnsentOfAConnection) {
    const auto opened = Endpoints::open({listener("127.0.0.1")});
    ASSERT_TRUE(opened) << opened.error().what;
    int most = 0;
    socklen_t size = sizeof most;
    ASSERT_EQ(
        ::getsockopt(opened->sockets[0].get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, &size), 0
    );
    EXPECT_EQ(most, 1024 * 1024);
}

TEST(ServerEndpoints, WithoutAHostAreEveryAddress) {
    const auto opened = Endpoints::open({listener("")});
    ASSERT_TRUE(opened) << opened.error().what;
    ASSERT_EQ(opened->endpoints.size(), 1U);
    EXPECT_TRUE(opened->endpoints[0].is_wildcard);
}

TEST(ServerEndpoints, SayWhereAnAddressIsTaken) {
    const auto first = Endpoints::open({listener("127.0.0.1")});
    ASSERT_TRUE(first);
    const std::uint16_t port = first->endpoints[0].port;
    const auto second = Endpoints::open({listener("127.0.0.1", port)});
    ASSERT_FALSE(second);
    const std::string& what = second.error().what;
    EXPECT_TRUE(what.starts_with("site.conf:3: Listen: 127.0.0.1:" + std::to_string(port))) << what;
    EXPECT_NE(what.find("another program listens there already"), std::string::npos) << what;
}

TEST(ServerEndpoints, SayWhichNameIsUnknown) {
    const auto opened = Endpoints::open({listener("no-such-host.invalid")});
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().what.starts_with("site.conf:3: Listen: no-such-host.invalid:0: "))
        << opened.error().what;
}

}  // namespace
