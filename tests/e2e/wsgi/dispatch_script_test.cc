// WSGIDispatchScript (specification of mod_wsgi, 6.12), and script-user and script-group (2.7):
// which group a request gets after it has been mapped, and whether that group may run the script.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class DispatchScript : public E2e {
protected:
    Server& start_two(const std::string& more = "") {
        return start(
            "WSGIDaemonProcess dp\nWSGIDaemonProcess configured\n"
            "WSGIDispatchScript ${apps}/dispatches.py\n" +
            more +
            "WSGIScriptAlias /digest ${apps}/digests_body.py process-group=configured\n"
            "WSGIScriptAlias / ${apps}/shows_environ.py process-group=configured\n"
        );
    }
    static std::string chosen(const Server& server, const std::string& target, const char* key) {
        return replace_all(entries_of(server.get(target).body)[key], "'", "");
    }
    static std::string group(const Server& server, const std::string& target) {
        return chosen(server, target, "mod_wsgi.process_group");
    }
};

TEST_F(DispatchScript, Case62_ChoosesTheProcessGroup) {
    Server& server = start_two();
    EXPECT_EQ(group(server, "/?process_group=dp"), "dp");
    EXPECT_EQ(group(server, "/?process_group=bytes"), "dp");
    EXPECT_EQ(group(server, "/?process_group=None"), "configured");
    EXPECT_EQ(group(server, "/?process_group=%25{GLOBAL}"), "");
}

TEST_F(DispatchScript, Case62_WhatMakesNoSenseIsA500) {
    Server& server = start_two();
    EXPECT_EQ(server.get("/?process_group=nosuch").status, 500);
    expect_log("No WSGI daemon process called 'nosuch' has been configured");
    EXPECT_EQ(server.get("/?process_group=five").status, 500);
    expect_traceback(
        "process_group\\(\\) of a dispatch script must return a str, bytes or None, not int"
    );
    EXPECT_EQ(server.get("/?process_group=raise").status, 500);
    expect_traceback("ValueError: raised in the dispatch script");
    expect_log("exception raised processing WSGI script '.*dispatches.py'");
    EXPECT_EQ(group(server, "/"), "configured");
}

TEST_F(DispatchScript, ChoosesTheApplicationGroupAndTheCallable) {
    Server& server = start_two();
    EXPECT_EQ(chosen(server, "/?application_group=own", "mod_wsgi.application_group"), "own");
    EXPECT_EQ(
        chosen(server, "/?application_group=%25{RESOURCE}", "mod_wsgi.application_group").back(),
        '|'
    );
    EXPECT_EQ(chosen(server, "/?callable_object=other", "mod_wsgi.callable_object"), "other");
    EXPECT_EQ(chosen(server, "/", "mod_wsgi.callable_object"), "application");
}

TEST_F(DispatchScript, SeesTheRequestAsItIsByThen) {
    Server& server = start_two("SetEnv FROM_SETENV yes\n");
    EXPECT_EQ(group(server, "/?expect=1&process_group=dp"), "dp");
    expect_log("the dispatch script saw what it expects");
}

TEST_F(DispatchScript, IsBoundByRestrictProcess) {
    Server& server = start_two("WSGIRestrictProcess configured\n");
    EXPECT_EQ(group(server, "/"), "configured");
    EXPECT_EQ(server.get("/?process_group=dp").status, 500);
    expect_log("'dp' cannot be accessed by this WSGI application as not a member of allowed groups"
    );
}

TEST_F(DispatchScript, ThatIsMissingOrBrokenIsA500) {
    write_file(tmp() / "broken.py", "import no_such_module\n");
    Server& server = start(
        "WSGIScriptAlias / ${apps}/hello.py\n"
        "<Location /missing>\nWSGIDispatchScript ${tmp}/missing.py\n</Location>\n"
        "<Location /broken>\nWSGIDispatchScript ${tmp}/broken.py application-group=a\n</Location>\n"
    );
    EXPECT_EQ(server.get("/missing").status, 500);
    expect_log("Target WSGI script not found or unable to stat: .*missing.py");
    EXPECT_EQ(server.get("/broken").status, 500);
    expect_traceback("No module named 'no_such_module'");
    expect_log("Failed to exec Python script file '.*broken.py' for sub-interpreter 'a'");
    EXPECT_EQ(server.get("/").status, 200);
}

// What comes of the body before there is somebody to read it is kept, and the client is held back
// when that is much.
TEST_F(DispatchScript, LosesNothingOfABodyThatComesMeanwhile) {
    Server& server = start_two();
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    const std::string body(300 * 1024, 'x');
    for (const char* group : {"dp", "%25{GLOBAL}"}) {
        for (const std::size_t size : {std::size_t{5}, body.size()}) {
            Client client = server.connect();
            client.send(fmt::format(
                "POST /digest?size&tell={}&gate={}&process_group={} HTTP/1.1\r\nHost: "
                "a\r\nContent-Length: {}\r\n\r\n",
                tell.path(),
                gate.path(),
                group,
                size
            ));
            client.send(body.substr(0, 4));
            EXPECT_EQ(tell.take_line(), "asked");
            if (size == 5) {
                client.send("y");
                EXPECT_TRUE(client.wait_until_taken());
            }
            gate.put(".");
            if (size != 5) {
                client.send(body.substr(4));
            }
            const Response response = client.read_response();
            EXPECT_EQ(response.status, 200);
            EXPECT_TRUE(response.body.starts_with(std::to_string(size))) << response.body;
        }
    }
}

TEST_F(DispatchScript, EndsQuietlyWhenTheClientHasGone) {
    Server& server = start_two();
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client client = server.connect();
    client.get(fmt::format("/?tell={}&gate={}", tell.path(), gate.path()));
    EXPECT_EQ(tell.take_line(), "asked");
    client.reset();
    gate.put(".");
    EXPECT_EQ(group(server, "/?process_group=dp"), "dp");
}

TEST_F(DispatchScript, IsLoadedAgainWhenItHasChanged) {
    write_file(tmp() / "says.py", "def callable_object(environ):\n    return 'other'\n");
    Server& server =
        start("WSGIDispatchScript ${tmp}/says.py\nWSGIScriptAlias / ${apps}/shows_environ.py\n");
    EXPECT_EQ(chosen(server, "/", "mod_wsgi.callable_object"), "other");
    write_file(tmp() / "says.py", "def callable_object(environ):\n    return None  # changed\n");
    EXPECT_TRUE(eventually([&] {
        return chosen(server, "/", "mod_wsgi.callable_object") == "application";
    }));
}

class ScriptOwner : public E2e {
protected:
    // One group that wants `option`, one script that it is asked to run.
    Response ask(const std::string& option) {
        Server& server = start(
            "WSGIDaemonProcess owned " + option +
            "\nWSGIScriptAlias / ${tmp}/owned/hello.py process-group=owned\n"
        );
        return server.get("/");
    }
    void SetUp() override {
        E2e::SetUp();
        ::mkdir((tmp() / "owned").c_str(), 0755);
        ::chmod((tmp() / "owned").c_str(), 0755);
        copy_app("hello.py", "owned/hello.py");
        ::chmod(script().c_str(), 0644);
    }
    [[nodiscard]] std::string script() const { return tmp() / "owned/hello.py"; }
    [[nodiscard]] static std::string me() { return fmt::format("script-user=#{}", ::geteuid()); }
    [[nodiscard]] static std::string us() { return fmt::format("script-group=#{}", ::getegid()); }
};

TEST_F(ScriptOwner, Case63_WhoOwnsScriptAndDirectoryRunsIt) {
    EXPECT_EQ(ask(me()).status, 200);
    EXPECT_EQ(ask(us()).status, 200);
}

TEST_F(ScriptOwner, Case64_AnotherOwnerIsA403) {
    EXPECT_EQ(ask("script-user=#64999").status, 403);
    expect_log("script-user=#64999: .*hello.py belongs to user");
    EXPECT_EQ(ask("script-group=#64999").status, 403);
    expect_log("script-group=#64999: .*hello.py belongs to group");
}

TEST_F(ScriptOwner, OfAScriptThatOthersMayWriteIsA403) {
    ::chmod(script().c_str(), 0664);
    EXPECT_EQ(ask(me()).status, 403);
    expect_log("script-user=.*hello.py is writable by its group");
    EXPECT_EQ(ask(us()).status, 200) << "its group may";
    ::chmod(script().c_str(), 0646);
    EXPECT_EQ(ask(us()).status, 403);
    expect_log("script-group=.*hello.py is writable by everybody");
}

TEST_F(ScriptOwner, OfADirectoryThatOthersMayWriteIsA403) {
    ::chmod((tmp() / "owned").c_str(), 0777);
    EXPECT_EQ(ask(me()).status, 403);
    EXPECT_EQ(ask(us()).status, 403);
    expect_log("owned/ is writable by everybody");
    expect_log("script-group=");
}

TEST_F(ScriptOwner, WhoDoesNotExistIsA403) {
    EXPECT_EQ(ask("script-user=no-such-user").status, 403);
    expect_log("script-user=no-such-user: the user \"no-such-user\" does not exist");
}

}  // namespace
}  // namespace test
