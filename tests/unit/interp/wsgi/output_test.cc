// A response that several threads of its application, or Python in the middle of it, send: a head
// first, once, and nothing behind the end (RFC 9112 section 2.1), whoever is faster.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class Output : public test::PythonTest {
protected:
    Output() : path_((test::temporary_directory() / "output.bin").string()) {
        write(path_, "content of the file");
    }
    // An application that returns wsgi.file_wrapper over an object whose `method` calls write().
    void send_file(FakeTask& task, const std::string& method, const std::string& headers) {
        run(task,
            "def application(environ, start_response):\n"
            "    write = start_response('200 OK', " +
                headers +
                ")\n"
                "    file = open('" +
                path_ +
                "', 'rb')\n"
                "    class Wrapped:\n"
                "        def fileno(self): return file.fileno()\n"
                "        def tell(self): return 0\n"
                "        def read(self, size): return file.read(size)\n"
                "    def first():\n"
                "        write(b'first ')\n"
                "        return {'fileno': file.fileno(), 'tell': 0}['" +
                method +
                "']\n"
                "    Wrapped." +
                method +
                " = staticmethod(first)\n"
                "    return environ['wsgi.file_wrapper'](Wrapped())\n");
    }
    std::string path_;
};

TEST_F(Output, AFileBehindAHeadThatItsOwnQuestionsHaveSentIsRead) {
    for (const std::string method : {"fileno", "tell"}) {
        FakeTask task;
        send_file(task, method, "[]");
        EXPECT_FALSE(task.is_out_of_order) << method;
        EXPECT_FALSE(task.was_file_sent) << method;
        EXPECT_EQ(task.body, "first content of the file") << method << log();
        EXPECT_TRUE(task.is_finished) << method;
    }
}

TEST_F(Output, AFileBehindSuchAHeadKeepsToItsContentLength) {
    FakeTask task;
    send_file(task, "tell", "[('Content-Length', '10')]");
    EXPECT_FALSE(task.is_out_of_order);
    EXPECT_EQ(task.body, "first cont") << log();
}

// A byte from one side of a test to the other.
class Signal {
public:
    Signal() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Signal() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    void give() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
    void await() const {
        char byte = 0;
        EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
    }
    // Python that does the same.
    [[nodiscard]] std::string giving() const { return fmt::format("os.write({}, b'x')", ends_[1]); }
    [[nodiscard]] std::string awaiting() const { return fmt::format("os.read({}, 1)", ends_[0]); }

private:
    std::array<int, 2> ends_{};
};

// They all wait for the turn that the reader has.
TEST_F(Output, ThreadsThatWriteSendTheHeadFirstAndOnce) {
    for (int round = 0; round < 20; ++round) {
        FakeTask task;
        task.request.method = "POST";
        task.request.content_length = 5;
        const Signal all_have_started;
        std::thread client([&] {
            task.await_reader();
            all_have_started.await();
            task.arrive("hello");
            task.end_body();
        });
        run(task,
            "import os, threading\n"
            "def application(environ, start_response):\n"
            "    write = start_response('200 OK', [])\n"
            "    reader = threading.Thread(target=lambda: environ['wsgi.input'].read())\n"
            "    writers = [threading.Thread(target=write, args=(b'x',)) for _ in range(20)]\n"
            "    for thread in [reader] + writers:\n"
            "        thread.start()\n"
            "    " +
                all_have_started.giving() +
                "\n"
                "    for thread in [reader] + writers:\n"
                "        thread.join()\n"
                "    return [b'']\n");
        client.join();
        ASSERT_FALSE(task.is_out_of_order) << "round " << round;
        ASSERT_EQ(task.body, std::string(20, 'x')) << log();
    }
}

TEST_F(Output, WhatAThreadWritesBehindTheWholeBodyIsTooMuch) {
    for (const std::string& whole :
         {std::string("[b'whole']"), "environ['wsgi.file_wrapper'](open('" + path_ + "', 'rb'))"}) {
        FakeTask task;
        const Signal is_in_the_middle;
        const Signal another_writes;
        task.is_slow = true;  // the GIL is free while something is sent
        task.on_send = [&] {
            is_in_the_middle.give();
            another_writes.await();
            task.on_send = nullptr;
        };
        run(task,
            "import os, threading\n"
            "def application(environ, start_response):\n"
            "    write = start_response('200 OK', [('Content-Length', '1000')])\n"
            "    def late():\n"
            "        " +
                is_in_the_middle.awaiting() + "\n        " + another_writes.giving() +
                "\n"
                "        try:\n"
                "            write(b'late')\n"
                "        except RuntimeError:\n"
                "            pass  # the request has ended before that\n"
                "    threading.Thread(target=late).start()\n"
                "    return " +
                whole + "\n");
        EXPECT_FALSE(task.is_out_of_order) << whole;
        EXPECT_EQ(task.sends.size(), 1U) << whole << log();
    }
}

}  // namespace
