// Application groups that share a process: none of them stops the others, and nobody makes more of
// them than there may be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/e2e.h"

namespace test {
namespace {

IN_BOTH_MODES(SharedInterpreters);

TEST_P(SharedInterpreters, AnswerWhileThreadsOfOtherGroupsCompute) {
    in_daemon("processes=1 threads=3");
    Server& server = start(
        "StartServers 1\n"
        "WSGIScriptAlias /one ${apps}/wsgi/computes_in_thread.py application-group=one\n"
        "WSGIScriptAlias /two ${apps}/wsgi/computes_in_thread.py application-group=two\n"
        "WSGIScriptAlias /three ${apps}/hello.py application-group=three\n"
        "WSGIScriptAlias /body ${apps}/echoes_body.py application-group=four\n"
    );
    EXPECT_EQ(server.get("/one?start").status, 200);
    EXPECT_EQ(server.get("/three").status, 200);
    EXPECT_EQ(server.get("/two?start").status, 200);  // which shares with nobody either
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(server.get("/three").status, 200);
        EXPECT_EQ(server.get("/one").status, 200);
        EXPECT_EQ(server.get("/two").status, 200);
    }
    // The GIL is given up, and wanted again, in the middle of a request, too.
    Client client = server.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n");
    EXPECT_TRUE(client.wait_until_taken());
    EXPECT_EQ(server.get("/three").status, 200);
    client.send("complete");
    EXPECT_EQ(client.read_response().body, "complete");
    EXPECT_EQ(server.get("/one?stop").status, 200);
    EXPECT_EQ(server.get("/two?stop").status, 200);
}

// How long a thread may keep the GIL is said for all of them by whoever says it last.
TEST_P(SharedInterpreters, AnswerThoughOneWantsToKeepTheGilForLong) {
    expect_log(R"(sys\.setswitchinterval\(\) has been called; it is taken back)");
    in_daemon("processes=1 threads=3");
    Server& server = start(
        "StartServers 1\n"
        "WSGIScriptAlias /one ${apps}/wsgi/computes_in_thread.py application-group=one\n"
        "WSGIScriptAlias /two ${apps}/hello.py application-group=two\n"
    );
    EXPECT_EQ(server.get("/two").status, 200);
    EXPECT_EQ(server.get("/one?greedy").status, 200);
    EXPECT_EQ(server.get("/two").status, 200);
    EXPECT_EQ(server.get("/one").status, 200);
    EXPECT_EQ(server.get("/one?stop").status, 200);
    for (int i = 0; i < 3; ++i) {
        Client holding = server.connect();
        holding.get("/one?hold");
        EXPECT_TRUE(holding.wait_until_taken());
        EXPECT_EQ(server.get("/two").status, 200);
        EXPECT_EQ(server.get("/one?stop").status, 200);
        holding.reset();
    }
}

// When nobody computes any more, nothing that was asked for in vain keeps anybody waiting.
TEST_P(SharedInterpreters, GoOnAfterThreadsHaveComputed) {
    in_daemon("processes=1 threads=4");
    Server& server = start(
        "StartServers 1\n"
        "WSGIScriptAlias /one ${apps}/wsgi/computes_in_thread.py application-group=one\n"
        "WSGIScriptAlias /two ${apps}/hello.py application-group=two\n"
        "WSGIScriptAlias /three ${apps}/hello.py application-group=three\n"
    );
    EXPECT_EQ(server.get("/one?start").status, 200);
    std::vector<std::thread> clients;
    for (const char* path : {"/one", "/two", "/three"}) {
        clients.emplace_back([&server, path] {
            for (int i = 0; i < 50; ++i) {
                EXPECT_EQ(server.get(path).status, 200);
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
    EXPECT_EQ(server.get("/one?stop").status, 200);
    for (int i = 0; i < 500; ++i) {
        EXPECT_EQ(server.get(i % 2 == 0 ? "/two" : "/three").status, 200);
    }
}

// The main interpreter is an application group like others.
TEST_P(SharedInterpreters, AreMadeWithoutAskingTheMainOne) {
    in_daemon("processes=1 threads=2");
    Server& server = start(
        "StartServers 1\n"
        "WSGIScriptAlias /main ${apps}/wsgi/hooks_interpreters.py application-group=%{GLOBAL}\n"
        "WSGIScriptAlias /one ${apps}/hello.py application-group=one\n"
        "WSGIScriptAlias /two ${apps}/hello.py application-group=two\n"
    );
    EXPECT_EQ(server.get("/one").status, 200);
    EXPECT_EQ(server.get("/main").status, 200);
    EXPECT_EQ(server.get("/two").status, 200);
    EXPECT_EQ(server.get("/main").status, 200);
}

TEST_P(SharedInterpreters, AreNotMadeForEveryNameThatAClientThinksOf) {
    expect_log("The application group 'h199.example' gets no interpreter: this process has");
    allow_log("gets no interpreter");
    in_daemon("processes=1 threads=2");
    Server& server = start(
        "StartServers 1\n"
        "WSGIApplicationGroup %{HOST}\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    const auto ask = [&server](int number) {
        Client client = server.connect();
        client.send(fmt::format("GET / HTTP/1.0\r\nHost: h{}.example\r\n\r\n", number));
        return client.read_response().status;
    };
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask(i), 200) << i;
    }
    for (int i = 100; i < 150; ++i) {
        ask(i);
    }
    for (int i = 150; i < 200; ++i) {
        EXPECT_EQ(ask(i), 500) << i;
    }
    EXPECT_EQ(ask(7), 200) << "those that are there go on";
}

}  // namespace
}  // namespace test
