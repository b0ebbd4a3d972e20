// What applications find in their interpreter, and loading of scripts: specification 4.5, 5.11, 6.1
// to 6.3, 6.6, 6.8.
#include <sys/stat.h>
#include <sys/time.h>

#include <filesystem>
#include <thread>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class Interpreter : public test::PythonTest {
protected:
    bool logged(const std::string& text) const { return log().find(text) != std::string::npos; }
    // Runs the file again and again until its body is `expected`: changes are seen within 200 ms.
    bool becomes(const std::string& path, const std::string& expected) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < until) {
            FakeTask task;
            run_file(task, path);
            if (task.body == expected) {
                return true;
            }
            std::this_thread::yield();
        }
        return false;
    }
    static void set_time(const std::string& path, long seconds) {
        const timeval times[2] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(utimes(path.c_str(), times), 0);
    }
};

constexpr const char* kCounter = R"(
import sys, threading
count = 0
def application(environ, start_response):
    global count
    count += 1
    start_response('200 OK', [])
    return [b'%d' % count]
)";

std::string version(int number) {
    return "def application(environ, start_response):\n    start_response('200 OK', [])\n    "
           "return [b'v" +
           std::to_string(number) + "']\n";
}

TEST_F(Interpreter, PathsAndArguments) {
    const std::string directory = test::temporary_directory().string();
    EXPECT_EQ(evaluate("sys.argv"), "['mod_wsgi']");
    EXPECT_EQ(
        evaluate("sys.path[:3]"),
        "['" + directory + "/home', '" + directory + "/path', '" + directory + "/extra']"
    );
    FakeTask task;
    task.route.application_group = "paths";
    EXPECT_EQ(evaluate(task, "sys.path[1]"), directory + "/path");
    EXPECT_EQ(evaluate("len(sys.path) == len(set(sys.path))"), "True");
    EXPECT_EQ(evaluate("os.getcwd() in sys.path, '' in sys.path"), "(False, False)");
}

TEST_F(Interpreter, ScriptsHaveNamesOfTheirOwn) {
    FakeTask task;
    run(task, R"(
import hashlib, sys
def application(environ, start_response):
    start_response('200 OK', [])
    expected = '_mod_wsgi_' + hashlib.md5(__file__.encode()).hexdigest()
    return [repr([__file__ == environ['SCRIPT_FILENAME'], __name__ == expected, sys.modules[__name__].count,
                  type(__mtime__)]).encode()]
count = 5
)");
    EXPECT_EQ(task.body, "[True, True, 5, <class 'int'>]") << log();
}

TEST_F(Interpreter, ModuleModWsgi) {
    EXPECT_EQ(
        evaluate(
            "(lambda m: [m.version, m.process_group, m.application_group, m.maximum_processes, "
            "m.threads_per_process])(__import__('mod_wsgi'))"
        ),
        "[(6, 0, 5), '', '', 1, 4]"
    );
    FakeTask task;
    task.route.application_group = "mine";
    EXPECT_EQ(evaluate(task, "__import__('mod_wsgi').application_group"), "mine");
}

TEST_F(Interpreter, ApplicationGroupsShareNothing) {
    const std::string path = script(kCounter);
    const std::pair<const char*, const char*> requests[] = {
        {"", "1"}, {"", "2"}, {"one", "1"}, {"two", "1"}, {"one", "2"}, {"", "3"}, {"two", "2"}};
    for (const auto& [group, expected] : requests) {
        FakeTask task;
        task.route.application_group = group;
        run_file(task, path);
        EXPECT_EQ(task.body, expected) << group << log();
    }
    EXPECT_TRUE(logged("into sub-interpreter 'one' in embedded mode."));
}

TEST_F(Interpreter, EmptyGroupIsTheMainInterpreter) {
    const std::string expression =
        "(lambda m: m.get_current() == m.get_main())"
        "(__import__('_interpreters' if sys.version_info >= (3, 13) else '_xxsubinterpreters'))";
    EXPECT_EQ(evaluate(expression), "True");
    FakeTask task;
    task.route.application_group = "other";
    EXPECT_EQ(evaluate(task, expression), "False");
}

TEST_F(Interpreter, ThreadingKnowsItsMainThread) {
    for (const char* group : {"", "threads"}) {
        FakeTask task;
        task.route.application_group = group;
        EXPECT_EQ(
            evaluate(
                task,
                "threading.main_thread().ident == threading.get_ident(), "
                "threading.main_thread().name, len(threading.enumerate()) >= 1"
            ),
            "(True, 'MainThread', True)"
        );
    }
    std::thread other([this] {
        worker_ = std::make_unique<interp::Worker>(test::python(), 1, nullptr);
        for (const char* group : {"", "threads", "made elsewhere"}) {
            FakeTask task;
            task.route.application_group = group;
            EXPECT_EQ(
                evaluate(
                    task,
                    "threading.main_thread().ident == threading.get_ident(), "
                    "threading.main_thread().native_id == os.getpid(), "
                    "threading.current_thread().name.startswith('Dummy-')"
                ),
                "(False, True, True)"
            );
        }
        worker_.reset();
    });
    other.join();
}

TEST_F(Interpreter, CallbacksFromCFindTheirInterpreter) {
    // ctypes calls back through PyGILState_Ensure(), which knows one thread state per thread.
    std::thread other([this] {
        worker_ = std::make_unique<interp::Worker>(test::python(), 1, nullptr);
        FakeTask task;
        task.route.application_group = "callbacks";
        run(task, R"(
import ctypes
def application(environ, start_response):
    start_response('200 OK', [])
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    ctypes.CDLL(None).qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), kind(lambda a, b: a[0] - b[0]))
    return [repr(list(numbers)).encode()]
)");
        EXPECT_EQ(task.body, "[1, 2, 3]") << log();
        worker_.reset();
    });
    other.join();
}

TEST_F(Interpreter, SignalsAreNotForApplications) {
    EXPECT_EQ(
        evaluate("(lambda s: [s.signal(s.SIGTERM, s.SIG_IGN) is s.SIG_IGN, s.getsignal(s.SIGTERM) "
                 "is s.SIG_IGN])"
                 "(__import__('signal'))"),
        "[True, False]"
    );
    EXPECT_TRUE(logged("[wsgi:info]")) << log();
    EXPECT_TRUE(logged("Callback registration for signal 15 ignored.")) << log();
    EXPECT_TRUE(logged("in application"));
}

TEST_F(Interpreter, StreamsGoToTheLogLineByLine) {
    FakeTask task;
    run(task, R"(
import sys
def application(environ, start_response):
    print('from', 'print')
    sys.stderr.write('two\nlines\n')
    environ['wsgi.errors'].write('frag')
    environ['wsgi.errors'].write('ment\n')
    environ['wsgi.errors'].writelines(['a\n', 'b\n'])
    environ['wsgi.errors'].write('flushed')
    environ['wsgi.errors'].flush()
    environ['wsgi.errors'].buffer.write(bytearray(b'bytes\n'))
    environ['wsgi.errors'].write('gr\u00fc\u00dfe \udc80\n')
    environ['wsgi.errors'].write('left at the end')
    start_response('200 OK', [])
    return [b'']
)");
    const std::string context =
        "[client 192.0.2.7:4711] [script " + task.route.script_filename + "] ";
    for (const char* line :
         {"from print\n",
          "two\n",
          "lines\n",
          "fragment\n",
          "a\n",
          "b\n",
          "flushed\n",
          "bytes\n",
          "left at the end\n"}) {
        EXPECT_TRUE(logged(context + line)) << line << log();
    }
    EXPECT_TRUE(logged("[wsgi:error]"));
}

TEST_F(Interpreter, StreamsLookLikeTextFiles) {
    EXPECT_EQ(
        evaluate(
            "[type(environ['wsgi.errors']).__name__, environ['wsgi.errors'].encoding, "
            "environ['wsgi.errors'].errors, environ['wsgi.errors'].line_buffering, "
            "environ['wsgi.errors'].name, sys.stdout.name, sys.stderr.name, sys.stdout.isatty()]"
        ),
        "['TextIOWrapper', 'utf-8', 'replace', True, '<wsgi.errors>', '<stdout>', '<stderr>', "
        "False]"
    );
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    start_response('200 OK', [])
    try:
        environ['wsgi.errors'].fileno()
    except OSError as error:
        text = str(error)
    environ['wsgi.errors'].close()
    print('still open')
    return [text.encode()]
)");
    EXPECT_EQ(task.body, "wsgi.errors log object has no file descriptor");
    EXPECT_TRUE(logged("still open"));
}

// T-33
TEST_F(Interpreter, ControlBytesCannotForgeLines) {
    FakeTask task;
    run(task,
        "def application(environ, start_response):\n    print('a\\x1b[31mb\\rc')\n"
        "    start_response('200 OK', [])\n    return [b'']\n");
    EXPECT_FALSE(logged("\x1b"));
    EXPECT_FALSE(logged("\r"));
}

TEST_F(Interpreter, MissingScriptIs404AndTheReasonIsLogged) {
    FakeTask task;
    run_file(task, "/nonexistent/app.wsgi");
    EXPECT_EQ(task.aborted, 404);
    EXPECT_TRUE(logged(
        "Target WSGI script not found or unable to stat: /nonexistent/app.wsgi: No such file"
    ));
    FakeTask directory;
    run_file(directory, test::temporary_directory().string());
    EXPECT_EQ(directory.aborted, 403);
}

TEST_F(Interpreter, MissingCallableIs500) {
    FakeTask task;
    run(task, "def other(environ, start_response): pass\n");
    EXPECT_EQ(task.aborted, 500);
    EXPECT_TRUE(logged(
        "Target WSGI script '" + task.route.script_filename +
        "' does not contain WSGI application 'application'."
    )) << log();
    FakeTask other;
    other.route.callable = "handle";
    run(other,
        "def handle(environ, start_response):\n    start_response('200 OK', [])\n    return "
        "[b'handled']\n");
    EXPECT_EQ(other.body, "handled");
}

TEST_F(Interpreter, BrokenScriptIsLoggedAndTriedAgain) {
    const std::pair<const char*, const char*> broken[] = {
        {"def application(:\n", "SyntaxError"},
        {"import does_not_exist\n", "ModuleNotFoundError: No module named 'does_not_exist'"},
        {"import sys\nsys.exit(1)\n", "SystemExit: 1"},
        {"def deep():\n    raise KeyError('deep')\ndeep()\n", "in deep"},
    };
    const std::string path = script("");
    for (const auto& [source, text] : broken) {
        write(path, source);
        FakeTask task;
        run_file(task, path);
        EXPECT_EQ(task.aborted, 500) << source;
        EXPECT_TRUE(logged(text)) << text << log();
    }
    EXPECT_TRUE(logged("Failed to exec Python script file '" + path + "'"));
    EXPECT_TRUE(logged("Traceback (most recent call last):"));
    write(path, version(1));
    FakeTask fixed;
    run_file(fixed, path);
    EXPECT_EQ(fixed.body, "v1") << "the next request tries afresh";
}

TEST_F(Interpreter, SourceEndsAtANulByteAndKnowsItsEncoding) {
    FakeTask task;
    run(task, version(4) + std::string("\0garbage(", 9));
    EXPECT_EQ(task.body, "v4") << log();
    FakeTask encoded;
    run(encoded,
        "# -*- coding: latin-1 -*-\ntext = '\xe9'\ndef application(environ, start_response):\n"
        "    start_response('200 OK', [])\n    return [repr(len(text)).encode()]\n");
    EXPECT_EQ(encoded.body, "1") << log();
}

TEST_F(Interpreter, ChangedFileIsLoadedAgain) {
    const std::string path = script(version(1));
    set_time(path, 1'600'000'000);
    EXPECT_TRUE(becomes(path, "v1"));
    write(path, version(2));
    set_time(path, 1'700'000'000);
    EXPECT_TRUE(becomes(path, "v2"));
    EXPECT_TRUE(
        logged("Reloading WSGI script '" + path + "' into main interpreter in embedded mode.")
    );
    // In any direction (case 159).
    write(path, version(3));
    set_time(path, 1'500'000'000);
    EXPECT_TRUE(becomes(path, "v3"));
}

// rsync, tar and images of containers give files the times that they like.
TEST_F(Interpreter, FileOfTheSameTimeIsLoadedAgainWhereItIsAnother) {
    const std::string path = script(version(1));
    set_time(path, 1'600'000'000);
    EXPECT_TRUE(becomes(path, "v1"));
    // In the same place, and of another size.
    write(path, version(22));
    set_time(path, 1'600'000'000);
    EXPECT_TRUE(becomes(path, "v22"));
    // Another file takes its place.
    write(path + ".new", version(3));
    set_time(path + ".new", 1'600'000'000);
    std::filesystem::rename(path + ".new", path);
    EXPECT_TRUE(becomes(path, "v3"));
}

TEST_F(Interpreter, RemovedFileIs404AndItsModuleStays) {
    const std::string path = script(kCounter);
    set_time(path, 1'600'000'000);
    EXPECT_TRUE(becomes(path, "1"));
    std::filesystem::rename(path, path + ".away");
    for (;;) {
        FakeTask task;
        run_file(task, path);
        if (task.aborted) {
            EXPECT_EQ(task.aborted, 404);
            break;
        }
    }
    std::filesystem::rename(path + ".away", path);
    FakeTask task;
    run_file(task, path);
    EXPECT_GT(std::stoi(task.body), 1) << "the old module answers";
}

TEST_F(Interpreter, ModuleDecidesWithReloadRequired) {
    const std::string path = script(R"(
import sys
sys.loads = getattr(sys, 'loads', 0) + 1
sys.answers = getattr(sys, 'answers', [False, ValueError('undecided'), True])
def reload_required(resource):
    assert resource == __file__
    answer = sys.answers.pop(0) if sys.answers else False
    if isinstance(answer, Exception):
        raise answer
    return answer
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'%d' % sys.loads]
)");
    for (const char* expected : {"1", "1", "1", "2", "2"}) {
        FakeTask task;
        run_file(task, path);
        EXPECT_EQ(task.body, expected) << log();
    }
    EXPECT_TRUE(logged("ValueError: undecided"));
}

// Specification 6.6: `resource` is the file that was asked for, not the handler's script.
TEST_F(Interpreter, ReloadRequiredIsToldWhatWasAskedFor) {
    const std::string path = script(R"(
import sys
def reload_required(resource):
    sys.resource = resource
def handle_request(environ, start_response):
    start_response('200 OK', [])
    return [getattr(sys, 'resource', '').encode()]
)");
    for (const char* expected : {"", "/doc.foo"}) {
        FakeTask task;
        task.route.callable = "handle_request";
        task.route.handler_script = path;
        run_file(task, "/doc.foo");
        EXPECT_EQ(task.body, expected) << log();
    }
}

TEST_F(Interpreter, ModuleWithoutItsTimeIsLoadedAgain) {
    const std::string path = script(R"(
import sys
sys.times = getattr(sys, 'times', 0) + 1
def application(environ, start_response):
    globals().pop('__mtime__', None)
    start_response('200 OK', [])
    return [b'%d' % sys.times]
)");
    EXPECT_TRUE(becomes(path, "1"));
    EXPECT_TRUE(becomes(path, "2"));
}

TEST_F(Interpreter, ModuleTargets) {
    const std::string package = (test::temporary_directory() / "home" / "package").string();
    std::filesystem::create_directories(package);
    write(package + "/__init__.py", "");
    write(
        package + "/site.py",
        "class Site:\n    def run(self, environ, start_response):\n"
        "        start_response('200 OK', [])\n        return [__name__.encode()]\n"
        "site = Site()\napplication = site.run\n"
    );
    for (const char* target :
         {"package.site:application", "package.site:site.run", "package.site"}) {
        FakeTask task;
        run_file(task, target);
        EXPECT_EQ(task.body, "package.site") << target << log();
    }
    for (const char* target : {"package.site:missing", "package.missing:application"}) {
        FakeTask task;
        run_file(task, target);
        EXPECT_EQ(task.aborted, 500) << target;
    }
    EXPECT_TRUE(logged("ModuleNotFoundError: No module named 'package.missing'"));
}

TEST_F(Interpreter, PreloadRunsTheScriptOnce) {
    const std::string path = script(kCounter);
    test::python().preload(path, "preloaded", true);
    test::python().preload(path, "", true);
    FakeTask task;
    task.route.application_group = "preloaded";
    run_file(task, path);
    EXPECT_EQ(task.body, "1");
    EXPECT_FALSE(logged("Loading"));
    test::python().preload("/nonexistent/app.wsgi", "", true);
}

TEST_F(Interpreter, OneLoadWhileOthersWaitAndOtherScriptsRun) {
    const std::string slow = script(R"(
import sys, time
sys.slow_loads = getattr(sys, 'slow_loads', 0) + 1
sys.is_loading = True
while not getattr(sys, 'may_go_on', False):
    time.sleep(0.001)
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'%d' % sys.slow_loads]
)");
    const auto run_in_thread = [&](FakeTask& task) {
        return std::thread([&] {
            interp::Worker worker(test::python(), 5, nullptr);
            task.route.script_filename = slow;
            worker.run(task);
        });
    };
    FakeTask first;
    FakeTask second;
    std::thread one = run_in_thread(first);
    std::thread two = run_in_thread(second);
    FakeTask quick;
    run(quick, R"(
import sys, time
def application(environ, start_response):
    while not getattr(sys, 'is_loading', False):
        time.sleep(0.001)
    sys.may_go_on = True
    start_response('200 OK', [])
    return [b'quick']
)");
    one.join();
    two.join();
    EXPECT_EQ(quick.body, "quick");
    EXPECT_EQ(first.body + second.body, "11");
}

// T-03: responses of different threads and applications never mix.
TEST_F(Interpreter, FourWorkersNeverMixResponses) {
    const std::string path = script(R"(
def application(environ, start_response):
    name = environ['PATH_INFO']
    data = environ['wsgi.input'].read()
    start_response('200 OK', [('Content-Type', 'type' + name), ('X-Data', data.decode())])
    yield name.encode() * 10
    yield data
    yield environ['HTTP_X_NAME'].encode()
)");
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            test::Observer observer;
            interp::Worker worker(test::python(), number + 1, &observer);
            for (int i = 0; i < 300; ++i) {
                FakeTask task;
                const std::string name = "/" + std::to_string(number) + "-" + std::to_string(i);
                task.route.script_filename = path;
                task.route.path_info = name;
                task.route.application_group = number % 2 == 0 ? "" : "mixed";
                task.request.headers.add("X-Name", name);
                task.request.content_length = name.size();
                task.is_slow = i % 3 == 0;
                task.arrive(name);
                task.end_body();
                if (i % 5 == 0) {
                    worker.acquire();
                }
                worker.run(task);
                worker.release();
                ASSERT_EQ(task.header("Content-Type"), "type" + name);
                ASSERT_EQ(task.header("X-Data"), name);
                std::string body;
                for (int repeat = 0; repeat < 12; ++repeat) {
                    body += name;
                }
                ASSERT_EQ(task.body, body);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_F(Interpreter, VersionsAreThoseOfTheHeaders) {
    EXPECT_EQ(evaluate("sys.version.split()[0].rstrip('+')"), interp::python_version());
    EXPECT_NE(interp::python_linkage(), "");
}

TEST(PythonHome, IsCheckedBeforePythonStarts) {
    const std::pair<std::string, std::string> cases[] = {
        {"/nonexistent", "Python home /nonexistent: No such file or directory"},
        {"/etc/passwd", "Python home /etc/passwd: Not a directory"},
        {"/tmp", "Python home /tmp is not a Python "},
    };
    for (const auto& [home, text] : cases) {
        interp::Settings settings;
        settings.python_home = home;
        const auto made = interp::Runtime::create(std::move(settings));
        ASSERT_FALSE(made.has_value()) << home;
        EXPECT_EQ(made.error().what.substr(0, text.size()), text);
    }
}

}  // namespace
