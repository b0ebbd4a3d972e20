// The tests' own client: it must tell a broken response from a complete one, or the other tests
// prove nothing. Its peer here is a socket that says exactly what the test wants.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/base/system/fd.h"
#include "tests/support/client.h"

namespace test {
namespace {

// Listens, lets a Client connect, and answers `bytes` once, then closes or resets.
class ClientReads : public testing::Test {
protected:
    Client answered_by(std::string_view bytes) {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_.get(), 1), 0);
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        Client client("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
        peer_.reset(::accept(listener_.get(), nullptr, nullptr));
        EXPECT_EQ(
            ::send(peer_.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size())
        );
        ::shutdown(peer_.get(), SHUT_WR);
        return client;
    }

    base::Fd listener_;
    base::Fd peer_;
};

TEST_F(ClientReads, ALengthThatIsKept) {
    Client client = answered_by(
        "HTTP/1.1 201 Quite So\r\nX-A: 1\r\nContent-Length: 3\r\nx-a: 2\r\n\r\nabcHTTP/1.1 204 "
        "\r\n\r\n"
    );
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.reason, "Quite So");
    EXPECT_EQ(response.all("X-A"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(response.body, "abc");
    EXPECT_TRUE(response.is_complete);
    const Response next = client.read_response();
    EXPECT_EQ(next.status, 204);
    EXPECT_EQ(next.reason, "");
    EXPECT_TRUE(next.is_complete);
    EXPECT_EQ(client.read_response().status, 0);
}

TEST_F(ClientReads, ALengthThatIsNot) {
    const Response response =
        answered_by("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc").read_response();
    EXPECT_EQ(response.body, "abc");
    EXPECT_FALSE(response.is_complete);
}

TEST_F(ClientReads, ChunksToTheLastOne) {
    Client client = answered_by(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\nend"
    );
    const Response response = client.read_response();
    EXPECT_EQ(response.body, "abc0123456789");
    EXPECT_TRUE(response.is_complete);
    EXPECT_EQ(client.read_response().body, "end");
}

TEST_F(ClientReads, ChunksWithoutALastOne) {
    for (const char* body :
         {"3\r\nabc\r\n", "3\r\nabc", "5\r\nabc", "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0"}) {
        const Response response =
            answered_by(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + body)
                .read_response();
        EXPECT_EQ(response.body, "abc") << body;
        EXPECT_FALSE(response.is_complete) << body;
    }
}

TEST_F(ClientReads, PiecesOfAskedSize) {
    Client client = answered_by(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n2\r\ngh\r\n0\r\n\r\n"
    );
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.read_body(4), "abcd");
    EXPECT_EQ(client.read_body(3), "efg");
    EXPECT_FALSE(client.is_body_complete());
    EXPECT_EQ(client.read_body(10), "h");
    EXPECT_TRUE(client.is_body_complete());
}

TEST_F(ClientReads, InterimResponsesApart) {
    Client client =
        answered_by("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const Response response = client.read_response();
    EXPECT_EQ(response.interim, std::vector<int>{100});
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.is_complete);
}

TEST_F(ClientReads, NoBodyOfAHead) {
    Client client = answered_by(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    );
    EXPECT_TRUE(client.read_response(true).is_complete);
    EXPECT_EQ(client.read_response().body, "x");
    EXPECT_TRUE(client.is_closed_by_peer());
}

}  // namespace
}  // namespace test
