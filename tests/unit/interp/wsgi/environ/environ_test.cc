// environ: PEP 3333, specification 5.1.
#include "interp/wsgi/environ/environ.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class Environ : public test::PythonTest {
protected:
    std::string get(FakeTask& task, const std::string& key) {
        return evaluate(task, "repr(environ.get('" + key + "'))");
    }
};

TEST_F(Environ, RequestAndServer) {
    FakeTask task;
    task.request.method = "BREW";
    task.request.target = "/a%20b/c?x=%20y";
    task.request.minor = 0;
    task.route.script_name = "/a b";
    task.route.path_info = "/c";
    task.route.application_group = "";
    task.facts.server_addr = "127.0.0.1";
    EXPECT_EQ(
        evaluate(
            task, R"([environ[key] for key in ('REQUEST_METHOD', 'REQUEST_URI', 'SCRIPT_NAME',
            'PATH_INFO', 'QUERY_STRING', 'SERVER_PROTOCOL', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_ADDR',
            'REMOTE_ADDR', 'REMOTE_PORT', 'REQUEST_SCHEME', 'SERVER_SOFTWARE', 'SERVER_ADMIN', 'DOCUMENT_ROOT')])"
        ),
        "['BREW', '/a%20b/c?x=%20y', '/a b', '/c', 'x=%20y', 'HTTP/1.0', 'example.com', '80', "
        "'127.0.0.1', "
        "'192.0.2.7', '4711', 'http', 'Hoopsnake/test', '[no address given]', '/srv/www']"
    );
    FakeTask same;
    EXPECT_EQ(evaluate(same, "environ['SCRIPT_FILENAME']"), same.route.script_filename);
}

TEST_F(Environ, IsADictOfItsOwnEachTime) {
    FakeTask first;
    EXPECT_EQ(
        evaluate(first, "[type(environ), environ.update({'left': 1, 'REQUEST_METHOD': 'X'})]"),
        "[<class 'dict'>, None]"
    );
    FakeTask second;
    EXPECT_EQ(evaluate(second, "['left' in environ, environ['REQUEST_METHOD']]"), "[False, 'GET']");
}

TEST_F(Environ, BytesAreLatin1) {
    FakeTask task;
    task.request.target = "/\xff?\xe9";
    task.route.path_info = "/\xc3\xa9\xff";
    task.request.headers.add("X-Name", "caf\xe9");
    EXPECT_EQ(
        evaluate(
            task,
            "[ascii(environ[k]) for k in ('REQUEST_URI', 'PATH_INFO', 'QUERY_STRING', "
            "'HTTP_X_NAME')]"
        ),
        R"(["'/\\xff?\\xe9'", "'/\\xc3\\xa9\\xff'", "'\\xe9'", "'caf\\xe9'"])"
    );
}

TEST_F(Environ, Headers) {
    FakeTask task;
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"Host", "example.com"},
             {"X-A", "1"},
             {"x-a", "2"},
             {"X-A", "3"},
             {"Cookie", "a=1"},
             {"Cookie", "b=2"},
             {"X_B", "no"},
             {"Foo.Bar", "no"},
             {"Proxy", "no"},
             {"Empty", ""},
             {"Content-Type", "text/plain"},
             {"Authorization", "secret"},
             {"Proxy-Authorization", "secret"},
             {"X-9", "digits"},
             {"X_Forwarded_For", "twin"},
             {"X-Forwarded-For", "real"}}) {
        task.request.headers.add(name, value);
    }
    EXPECT_EQ(
        evaluate(
            task, "sorted((k, v) for k, v in environ.items() if k.startswith(('HTTP', 'CONTENT')))"
        ),
        "[('CONTENT_TYPE', 'text/plain'), ('HTTP_COOKIE', 'a=1, b=2'), ('HTTP_EMPTY', ''), "
        "('HTTP_HOST', 'example.com'), ('HTTP_X_9', 'digits'), ('HTTP_X_A', '1, 2, 3'), "
        "('HTTP_X_FORWARDED_FOR', 'real')]"
    );
}

TEST_F(Environ, NamesOfVariables) {
    EXPECT_EQ(interp::variable_name("User-Agent"), "HTTP_USER_AGENT");
    EXPECT_EQ(interp::variable_name("content-length"), "CONTENT_LENGTH");
    EXPECT_EQ(interp::variable_name("CONTENT-TYPE"), "CONTENT_TYPE");
    EXPECT_EQ(interp::variable_name("proxy"), "");
    EXPECT_EQ(interp::variable_name("X_A"), "");
    EXPECT_EQ(interp::variable_name("X\xe9"), "");
    EXPECT_EQ(interp::variable_name(""), "");
}

TEST_F(Environ, AuthorizationOnlyWhereAllowed) {
    for (const bool is_allowed : {false, true, false}) {
        FakeTask task;
        task.facts.pass_authorization = is_allowed;
        task.request.headers.add("Authorization", "Basic abc");
        task.request.headers.add("Proxy-Authorization", "Basic abc");
        EXPECT_EQ(
            evaluate(task, "sorted(k for k in environ if 'AUTHORIZATION' in k)"),
            is_allowed ? "['HTTP_AUTHORIZATION']" : "[]"
        );
    }
}

// The template keeps values from request to request; what a request has not sent must not be there.
TEST_F(Environ, NothingStaysFromEarlierRequests) {
    const std::vector<std::vector<std::pair<std::string, std::string>>> requests = {
        {{"Host", "a"}, {"Cookie", "one"}, {"X-Only-First", "1"}},
        {{"Host", "b"}},
        {{"Cookie", "two"}, {"Host", "a"}},
        {},
        {{"Host", "a"}, {"Host-2", "x"}, {"host", "c"}},
        {{"Host", "a"}},
    };
    const std::string path = script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return [repr(sorted((k, v) for k, v in environ.items() if k.startswith('HTTP_'))).encode()]
)");
    const std::string expected[] = {
        "[('HTTP_COOKIE', 'one'), ('HTTP_HOST', 'a'), ('HTTP_X_ONLY_FIRST', '1')]",
        "[('HTTP_HOST', 'b')]",
        "[('HTTP_COOKIE', 'two'), ('HTTP_HOST', 'a')]",
        "[]",
        "[('HTTP_HOST', 'a, c'), ('HTTP_HOST_2', 'x')]",
        "[('HTTP_HOST', 'a')]",
    };
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            FakeTask task;
            for (const auto& [name, value] : requests[i]) {
                task.request.headers.add(name, value);
            }
            run_file(task, path);
            EXPECT_EQ(task.body, expected[i]);
        }
    }
}

// All that is text or a number, as "key=value".
using Lines = std::set<std::string>;

class OneField : public Environ {
protected:
    Lines environ_of(const std::function<void(FakeTask&)>& change) {
        FakeTask task;
        task.request.target = "/target";
        task.route.script_filename = "/asked/for";
        task.route.handler_script = script_;
        task.facts.request_id = "id";
        task.facts.request_start = 1.5;
        change(task);
        task.log = log_.get();
        worker_->run(task);
        EXPECT_EQ(task.status(), 200) << log();
        std::stringstream text(task.body);
        Lines lines;
        for (std::string line; std::getline(text, line);) {
            lines.insert(line);
        }
        return lines;
    }

    const std::string script_ = script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return ['\n'.join('%s=%s' % item for item in environ.items()
        if isinstance(item[1], (str, int, float)) and item[0] != 'mod_wsgi.application_start').encode()]
other = application
)");
};

Lines without(const Lines& all, const Lines& those) {
    Lines rest;
    std::ranges::set_difference(all, those, std::inserter(rest, rest.end()));
    return rest;
}

struct Change {
    std::function<void(FakeTask&)> make;
    Lines seen;
};

const Change kChanges[] = {
    {[](FakeTask& t) { t.request.method = "PUT"; }, {"REQUEST_METHOD=PUT"}},
    {[](FakeTask& t) { t.route.method = "PUT"; }, {"REQUEST_METHOD=PUT"}},
    {[](FakeTask& t) { t.request.target = "/tarGet"; }, {"REQUEST_URI=/tarGet"}},
    {[](FakeTask& t) { t.request.target = "/target?"; }, {"REQUEST_URI=/target?"}},
    {[](FakeTask& t) { t.request.target = "/target?a"; },
     {"REQUEST_URI=/target?a", "QUERY_STRING=a"}},
    {[](FakeTask& t) { t.route.query = "b"; }, {"QUERY_STRING=b"}},
    {[](FakeTask& t) { t.request.minor = 0; }, {"SERVER_PROTOCOL=HTTP/1.0"}},
    {[](FakeTask& t) { t.route.environment.set("HTTPS", "1"); }, {"wsgi.url_scheme=https"}},
    {[](FakeTask& t) { t.route.environment.set("A", "1"); }, {"A=1"}},
    {[](FakeTask& t) { t.facts.is_https = true; },
     {"wsgi.url_scheme=https", "REQUEST_SCHEME=https"}},
    {[](FakeTask& t) { t.facts.server_name = "example.con"; }, {"SERVER_NAME=example.con"}},
    {[](FakeTask& t) { t.facts.server_name = "fxample.com"; }, {"SERVER_NAME=fxample.com"}},
    {[](FakeTask& t) { t.facts.server_port_name = "81"; }, {"SERVER_PORT=81"}},
    {[](FakeTask& t) { t.facts.server_addr = "1"; }, {"SERVER_ADDR=1"}},
    {[](FakeTask& t) { t.facts.server_port = 81; }, {"mod_wsgi.listener_port=81"}},
    {[](FakeTask& t) { t.facts.remote_addr = "192.0.2.8"; }, {"REMOTE_ADDR=192.0.2.8"}},
    {[](FakeTask& t) { t.facts.remote_port = 0; }, {"REMOTE_PORT=0"}},
    {[](FakeTask& t) { t.facts.listener_host = "h"; }, {"mod_wsgi.listener_host=h"}},
    {[](FakeTask& t) { t.facts.server_pid = 1; }, {"mod_wsgi.server_pid=1"}},
    {[](FakeTask& t) { t.facts.request_id = "ie"; }, {"mod_wsgi.request_id=ie"}},
    {[](FakeTask& t) { t.facts.request_start = 2; }, {"mod_wsgi.request_start=2.0"}},
    {[](FakeTask& t) { t.facts.daemon_start = 2; }, {"mod_wsgi.daemon_start=2.0"}},
    {[](FakeTask& t) {
         t.facts.daemon_start = 2;
         t.facts.queue_start = 3;
     },
     {"mod_wsgi.daemon_start=2.0", "mod_wsgi.queue_start=3.0"}},
    {[](FakeTask& t) { t.route.script_name = "/s"; },
     {"SCRIPT_NAME=/s", "mod_wsgi.script_name=/s"}},
    {[](FakeTask& t) { t.route.path_info = "/p"; }, {"PATH_INFO=/p", "mod_wsgi.path_info=/p"}},
    {[](FakeTask& t) { t.route.script_filename = "/asked/fOr"; }, {"SCRIPT_FILENAME=/asked/fOr"}},
    {[](FakeTask& t) { t.route.process_group = "g"; }, {"mod_wsgi.process_group=g"}},
    {[](FakeTask& t) { t.route.callable = "other"; }, {"mod_wsgi.callable_object=other"}},
    {[](FakeTask& t) { t.route.handler = "wsgi-scripT"; },
     {"mod_wsgi.request_handler=wsgi-scripT"}},
    {[](FakeTask& t) { t.request.headers.add("X", ""); }, {"HTTP_X="}},
};

// A value of another request in an environ would be another client's. Each field is changed alone,
// and back.
TEST_F(OneField, ChangesWhatItIsInAndNothingElse) {
    const Lines usual = environ_of([](FakeTask&) {});
    for (const Change& change : kChanges) {
        const Lines changed = environ_of(change.make);
        EXPECT_EQ(without(changed, usual), change.seen);
        EXPECT_EQ(environ_of([](FakeTask&) {}), usual) << *change.seen.begin();
    }
}

// Requests of several routes and connections come in any order; what has no number may be anything.
TEST_F(OneField, OfANumberThatStandsForManyIsThatNumbers) {
    const auto environ_of_number = [this](std::uint64_t number, const std::string& name) {
        return environ_of([&](FakeTask& task) {
            task.route.number = task.facts.number = number;
            task.route.script_name = "/" + name;
            task.route.path_info = "/in/" + name;
            task.facts.server_name = name;
            task.facts.server_port = static_cast<std::uint16_t>(name.front());
        });
    };
    const std::pair<std::uint64_t, std::string> kNumbers[] = {
        {1, "a"}, {1, "a"}, {2, "b"}, {1, "a"}, {0, "c"}, {0, "d"}, {0, "a"}, {1, "a"}, {2, "b"}};
    for (const auto& [number, name] : kNumbers) {
        const Lines expected = {
            "SCRIPT_NAME=/" + name,
            "mod_wsgi.script_name=/" + name,
            "PATH_INFO=/in/" + name,
            "mod_wsgi.path_info=/in/" + name,
            "SERVER_NAME=" + name,
            "mod_wsgi.listener_port=" + std::to_string(name.front()),
        };
        EXPECT_EQ(without(expected, environ_of_number(number, name)), Lines{}) << number << name;
    }
}

TEST_F(OneField, SaysWhatItsPathIsWhateverItsNumber) {
    for (const std::string path : {"/a", "/b", "/b", "/a"}) {
        const Lines lines = environ_of([&](FakeTask& task) {
            task.route.number = 3;
            task.route.path_info = path;
        });
        EXPECT_TRUE(lines.contains("PATH_INFO=" + path));
        EXPECT_TRUE(lines.contains("mod_wsgi.path_info=" + path));
    }
}

TEST_F(OneField, IsToldFromOthersOfTheSameSizeByEachByte) {
    for (std::size_t size = 1; size < 40; ++size) {
        const auto environ_of_name = [&](const std::string& name) {
            return environ_of([&](FakeTask& task) { task.facts.server_name = name; });
        };
        const std::string name(size, 'a');
        for (std::size_t i = 0; i < size; ++i) {
            std::string other = name;
            other[i] = 'b';
            ASSERT_TRUE(environ_of_name(name).contains("SERVER_NAME=" + name));
            ASSERT_TRUE(environ_of_name(other).contains("SERVER_NAME=" + other));
        }
    }
}

TEST_F(Environ, InventedNamesDoNotPileUp) {
    const std::string path = script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return [repr(sorted((k, v) for k, v in environ.items() if k.startswith('HTTP_'))).encode()]
)");
    for (int i = 0; i < 2000; ++i) {
        FakeTask task;
        const std::string number = std::to_string(i);
        task.request.headers.add("X-Invented-" + number, number);
        task.request.headers.add("Host", "h");
        run_file(task, path);
        ASSERT_EQ(
            task.body, "[('HTTP_HOST', 'h'), ('HTTP_X_INVENTED_" + number + "', '" + number + "')]"
        );
    }
}

// All others of the process wait meanwhile.
TEST_F(Environ, CostsNoMorePerFieldHoweverManyThereAre) {
    const std::string path = script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return [str(sum(k.startswith('HTTP_') for k in environ)).encode()]
)");
    const auto cost_of = [&](int fields, bool is_repeated) {
        double least = 1e9;  // other work disturbs some of them
        for (int round = 0; round < 3; ++round) {
            FakeTask task;
            for (int i = 0; i < fields; ++i) {
                task.request.headers.add("X-" + std::to_string(is_repeated ? 1 : i), "abc");
            }
            const std::clock_t before = std::clock();
            run_file(task, path);
            least = std::min(least, static_cast<double>(std::clock() - before));
            EXPECT_EQ(task.body, std::to_string(is_repeated ? 1 : fields));
        }
        return least;
    };
    for (const bool is_repeated : {false, true}) {
        const double few = cost_of(2'000, is_repeated);
        EXPECT_LT(cost_of(32'000, is_repeated), 16 * 5 * few) << is_repeated;
    }
}

TEST_F(Environ, Wsgi) {
    EXPECT_EQ(
        evaluate(R"([environ[key] for key in ('wsgi.version', 'wsgi.url_scheme', 'wsgi.multithread',
            'wsgi.multiprocess', 'wsgi.run_once', 'wsgi.input_terminated', 'wsgi.file_wrapper')])"),
        "[(1, 0), 'http', True, False, False, True, <class 'mod_wsgi.FileWrapper'>]"
    );
    FakeTask task;
    task.facts.is_https = true;
    EXPECT_EQ(
        evaluate(task, "environ['wsgi.url_scheme'], environ['REQUEST_SCHEME'], 'HTTPS' in environ"),
        "('https', 'https', False)"
    );
    FakeTask plain;
    EXPECT_EQ(evaluate(plain, "environ['wsgi.url_scheme']"), "http");
}

TEST_F(Environ, ModWsgi) {
    FakeTask task;
    task.route.process_group = "";
    task.route.script_name = "/s";
    task.route.path_info = "/p";
    task.facts.listener_host = "127.0.0.1";
    task.facts.server_port = 8080;
    task.facts.server_pid = 77;
    task.facts.request_id = "id-1";
    task.facts.request_start = 12.5;
    EXPECT_EQ(
        evaluate(
            task,
            R"([environ['mod_wsgi.' + key] for key in ('version', 'process_group', 'application_group',
            'callable_object', 'request_handler', 'handler_script', 'script_name', 'path_info', 'listener_host',
            'listener_port', 'server_pid', 'request_id', 'thread_id', 'request_start', 'queue_start',
            'daemon_start')])"
        ),
        "[(6, 0, 5), '', '', 'application', 'wsgi-script', '', '/s', '/p', '127.0.0.1', '8080', "
        "'77', 'id-1', 3, "
        "12.5, 0.0, 0.0]"
    );
    FakeTask daemon;
    daemon.facts.queue_start = 1.5;
    daemon.facts.daemon_start = 2.5;
    EXPECT_EQ(
        evaluate(daemon, "environ['mod_wsgi.queue_start'], environ['mod_wsgi.daemon_start']"),
        "(1.5, 2.5)"
    );
    EXPECT_EQ(
        evaluate("abs(__import__('time').time() - environ['mod_wsgi.application_start']) < 60"),
        "True"
    );
    EXPECT_EQ(
        evaluate("type(environ['apache.version']), len(environ['apache.version'])"),
        "(<class 'tuple'>, 3)"
    );
}

TEST_F(Environ, VariablesOfTheVirtualHost) {
    FakeTask task;
    task.route.host = 7;
    EXPECT_EQ(
        evaluate(task, "environ['SERVER_ADMIN'], 'DOCUMENT_ROOT' in environ"), "('seven', False)"
    );
    FakeTask unknown;
    unknown.route.host = 4'000'000'000U;
    EXPECT_EQ(evaluate(unknown, "'SERVER_ADMIN' in environ"), "False");
}

// Cases 72 and 73 of the specification.
TEST_F(Environ, VariablesOfTheConfigurationReplaceNothing) {
    FakeTask task;
    task.route.script_name = "/good";
    task.request.headers.add("X-Sent", "sent");
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"SCRIPT_NAME", "/evil"},
             {"wsgi.url_scheme", "x"},
             {"wsgi.input", "x"},
             {"mod_wsgi.process_group", "x"},
             {"mod_wsgi.thread_id", "x"},
             {"HTTP_X_SENT", "set"},
             {"HTTP_X_NOT_SENT", "set"},
             {"REMOTE_USER", "me"},
             {"wsgi.extra", "yes"},
             {"EMPTY", ""},
             {"LATIN", "caf\xe9"}}) {
        task.route.environment.set(name, value);
    }
    EXPECT_EQ(
        evaluate(
            task,
            R"([environ[key] for key in ('SCRIPT_NAME', 'wsgi.url_scheme', 'mod_wsgi.process_group',
            'mod_wsgi.thread_id', 'HTTP_X_SENT', 'HTTP_X_NOT_SENT', 'REMOTE_USER', 'wsgi.extra', 'EMPTY')] +
            [ascii(environ['LATIN']), type(environ['wsgi.input']).__name__])"
        ),
        R"(['/good', 'http', '', 3, 'sent', 'set', 'me', 'yes', '', "'caf\\xe9'", 'Input'])"
    );
    FakeTask next;
    EXPECT_EQ(
        evaluate(next, "[key for key in environ if key in ('wsgi.extra', 'EMPTY', 'REMOTE_USER')]"),
        "[]"
    );
}

TEST_F(Environ, HttpsDecidesOnTheScheme) {
    const auto schemes = [this](const char* name, const char* value, bool is_https = false) {
        FakeTask task;
        task.facts.is_https = is_https;
        task.route.environment.set(name, value);
        return evaluate(
            task,
            "' '.join([environ['wsgi.url_scheme'], environ['REQUEST_SCHEME']] + "
            "[key for key in environ if key.upper() == 'HTTPS'])"
        );
    };
    EXPECT_EQ(schemes("HTTPS", "1"), "https http");
    EXPECT_EQ(schemes("HTTPS", "oN"), "https http");
    EXPECT_EQ(schemes("https", "on"), "https http");
    EXPECT_EQ(schemes("HTTPS", "true"), "http http");
    EXPECT_EQ(schemes("HTTPS", "off", true), "http https");
    EXPECT_EQ(schemes("OTHER", "1", true), "https https");
    FakeTask plain;
    EXPECT_EQ(evaluate(plain, "environ['wsgi.url_scheme']"), "http");
}

// Specification 1.3.17: the script is the handler's, the names are those of what was asked for.
TEST_F(Environ, HandlerScripts) {
    FakeTask task;
    task.route.handler = "foo-handler";
    task.route.callable = "handle_request";
    task.route.handler_script = script(R"(
def handle_request(environ, start_response):
    start_response('200 OK', [])
    return [repr([environ[key] for key in ('SCRIPT_FILENAME', 'mod_wsgi.request_handler',
        'mod_wsgi.callable_object')] + [environ['mod_wsgi.handler_script'] == __file__]).encode()]
)");
    run_file(task, "/missing.foo");
    EXPECT_EQ(task.body, "['/missing.foo', 'foo-handler', 'handle_request', True]") << log();
}

// T-36: nothing of the process's own environment.
TEST_F(Environ, HasNothingOfTheProcessEnvironment) {
    EXPECT_EQ(evaluate("sorted(set(environ) & set(os.environ))"), "[]");
}

}  // namespace
