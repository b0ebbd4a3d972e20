// Bodies that are sent from where Python has them: which are lent, what is counted of them, and
// that Python has them back as soon as somebody has the GIL.
#include "interp/wsgi/lent_bytes.h"

#include <list>
#include <string>

#include "interp/wsgi/loans_out.h"
#include "tests/unit/interp/python_test.h"

using interp::LoansOut;
using test::FakeTask;

namespace {

constexpr std::size_t kSize = 100'000;

class LentBytes : public test::PythonTest {
protected:
    ~LentBytes() override {
        tidy();
        EXPECT_EQ(LoansOut::held(), 0U);
        EXPECT_FALSE(LoansOut::has_returned());
    }
    // What a pool thread does that has the GIL for a moment.
    void tidy() {
        worker_->acquire();
        worker_->release();
    }
    // `response` is what an application returns, `length` its Content-Length.
    void answer(FakeTask& task, const std::string& response, const std::string& length) {
        task.loan_max = SIZE_MAX;
        run(task,
            "class Bytes(bytes): pass\n"
            "BODY = b'x' * 100000\n"
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [" +
                (length.empty() ? "" : "('Content-Length', '" + length + "')") +
                "])\n"
                "    return " +
                response + "\n");
        EXPECT_TRUE(task.is_finished) << log();
    }
    // How many have the one body of a script that stays loaded.
    std::string users_of_body() {
        FakeTask task;
        run_file(task, path_);
        return task.body;
    }
    std::string path_;
};

TEST_F(LentBytes, AreThoseOfAWholeBody) {
    for (const char* response : {"[BODY]", "(BODY,)", "iter([BODY])", "iter([BODY, b''])"}) {
        FakeTask task;
        answer(task, response, std::to_string(kSize));
        EXPECT_TRUE(task.loan.is_open()) << response;
        EXPECT_EQ(task.body, std::string(kSize, 'x')) << response;
        EXPECT_EQ(LoansOut::held(), kSize) << response;
        task.loan = {};
        tidy();
    }
}

TEST_F(LentBytes, AreAsManyAsContentLengthSays) {
    FakeTask task;
    answer(task, "[BODY]", "50000");
    EXPECT_EQ(task.loan.bytes().size(), 50'000U);
    FakeTask unsaid;
    answer(unsaid, "[BODY]", "");
    EXPECT_EQ(unsaid.loan.bytes().size(), kSize) << "one item is the whole body";
}

// What has further pieces, an end that nobody knows, or a type of its own, is copied: nothing of
// the application's may run when it is let go of. So is what nobody keeps.
TEST_F(LentBytes, AreNotThoseOfOtherBodies) {
    struct Case {
        const char* response;
        const char* length;
    };
    for (const Case& it : {
             Case{"[BODY, b'y']", "100001"},
             Case{"iter([BODY])", ""},
             Case{"iter([BODY[:50000], BODY[:50000]])", "100000"},
             Case{"[Bytes(BODY)]", "100000"},
             Case{"[BODY[:1000]]", "1000"},
             Case{"[b'y' * 100000]", "100000"},
         }) {
        FakeTask task;
        answer(task, it.response, it.length);
        EXPECT_FALSE(task.loan.is_open()) << it.response;
        EXPECT_GE(task.body.size(), 1000U) << it.response;
    }
}

TEST_F(LentBytes, AreNoneWhereNoBodyIsSent) {
    FakeTask task;
    task.request.method = "HEAD";
    answer(task, "[BODY]", std::to_string(kSize));
    EXPECT_FALSE(task.loan.is_open());
    EXPECT_EQ(task.body, "");
}

TEST_F(LentBytes, AreCountedOnceHoweverManyClientsHaveThem) {
    path_ = script(
        "import sys\n"
        "BODY = b'x' * 100000\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    if environ['QUERY_STRING']:\n"
        "        return [BODY]\n"
        "    return [str(sys.getrefcount(BODY)).encode()]\n"
    );
    const std::string before = users_of_body();
    std::list<FakeTask> tasks;
    for (int i = 0; i < 40; ++i) {
        FakeTask& task = tasks.emplace_back();
        task.request.target = "/?body";
        task.loan_max = i == 0 ? kSize : 0;
        run_file(task, path_);
        EXPECT_TRUE(task.loan.is_open()) << "it costs nothing further";
    }
    EXPECT_EQ(LoansOut::held(), kSize);
    EXPECT_EQ(users_of_body(), std::to_string(std::stoi(before) + 40));
    // The first one too: it is not the first one's.
    tasks.pop_front();
    EXPECT_TRUE(LoansOut::has_returned());
    EXPECT_EQ(LoansOut::held(), kSize);
    tasks.clear();
    // The next request has the GIL.
    EXPECT_EQ(users_of_body(), before);
    EXPECT_EQ(LoansOut::held(), 0U);
}

TEST_F(LentBytes, LiveOnWhenTheirApplicationHasLetGoOfThem) {
    path_ = script(
        "BODY = b'y' * 100000\n"
        "def application(environ, start_response):\n"
        "    global BODY\n"
        "    start_response('200 OK', [])\n"
        "    kept, BODY = BODY, BODY if environ['QUERY_STRING'] else None\n"
        "    return [kept or b'']\n"
    );
    FakeTask task;
    task.request.target = "/?keep";
    task.loan_max = kSize;
    run_file(task, path_);
    ASSERT_TRUE(task.loan.is_open());
    EXPECT_EQ(users_of_body(), std::string(kSize, 'y')) << "it is copied: nobody keeps it now";
    EXPECT_EQ(task.loan.bytes(), std::string(kSize, 'y'));
    EXPECT_EQ(LoansOut::held(), kSize);
}

}  // namespace
