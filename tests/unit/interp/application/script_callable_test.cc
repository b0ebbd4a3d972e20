// Which callable of which script answers, from request to request.
#include <string>
#include <vector>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class ScriptCallable : public test::PythonTest {};

TEST_F(ScriptCallable, CallsWhatTheScriptHasNow) {
    const std::string source = R"(
import sys
def make(number):
    def answer(environ, start_response):
        this = sys.modules[__name__]
        doings = {
            '/global': lambda: globals().update(application=make(number + 1)),
            '/attribute': lambda: setattr(this, 'application', make(number + 1)),
            '/other': lambda: setattr(this, 'other', number),
            '/delete': lambda: delattr(this, 'application'),
        }
        doings.get(environ['PATH_INFO'], int)()
        start_response('200 OK', [])
        return [b'%d' % number]
    return answer
application = make(1)
)";
    for (const std::uint64_t number : {0, 11}) {
        const std::string path = script(source);
        const auto ask = [&](const char* doing) {
            FakeTask task;
            task.route.number = number;
            task.route.path_info = doing;
            run_file(task, path);
            return task.status() == 200 ? task.body : std::to_string(task.status());
        };
        std::vector<std::string> answers;
        for (const char* doing :
             {"/", "/", "/global", "/", "/attribute", "/other", "/", "/delete", "/", "/"}) {
            answers.push_back(ask(doing));
        }
        EXPECT_EQ(
            answers,
            (std::vector<std::string>{"1", "1", "1", "2", "2", "3", "3", "3", "500", "500"})
        ) << number
          << log();
    }
}

TEST_F(ScriptCallable, CallsWhatEachRouteWants) {
    const std::string source =
        "def hello(environ, start_response):\n    start_response('200 OK', [])\n"
        "    return [__file__.encode() + b' hello']\n"
        "def bye(environ, start_response):\n    start_response('200 OK', [])\n"
        "    return [__file__.encode() + b' bye']\n";
    const std::string paths[] = {script(source), script(source)};
    struct Way {
        std::uint64_t number;
        int path;
        const char* callable;
    };
    const Way ways[] = {
        {21, 0, "hello"}, {22, 0, "bye"}, {23, 1, "hello"}, {0, 0, "hello"}, {0, 1, "bye"}};
    for (const Way& before : ways) {
        for (const Way& way : ways) {
            for (const Way& one : {before, way, way}) {
                FakeTask task;
                task.route.number = one.number;
                task.route.callable = one.callable;
                run_file(task, paths[one.path]);
                EXPECT_EQ(task.body, paths[one.path] + " " + one.callable) << log();
            }
        }
    }
}

}  // namespace
