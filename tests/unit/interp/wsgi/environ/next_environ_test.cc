// What an environ has of those before it: memory, and nothing else.
#include <string>
#include <thread>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class NextEnviron : public test::PythonTest {};

// Where an application leaves its environ alone, the next request may get the same one.
TEST_F(NextEnviron, HasNothingOfWhatAnApplicationHasDoneToAnother) {
    const std::string path = script(R"(
import threading
kept = []
def later(environ, go, done):
    go.acquire()
    environ['LEFT'] = 'by a thread'
    done.release()
def in_thread(environ):
    go, done = threading.Lock(), threading.Lock()
    go.acquire(), done.acquire()
    threading.Thread(target=later, args=(environ, go, done)).start()
    kept.append((go, done))
def as_attributes(environ):
    class Object: pass
    Object().__dict__ = environ
    thing = Object()
    thing.__dict__ = environ
    thing.LEFT = 1
doings = [
    lambda environ: None,
    lambda environ: environ.__setitem__('LEFT', 1),
    lambda environ: environ.__setitem__('REMOTE_ADDR', 'LEFT'),
    lambda environ: environ.update(REMOTE_ADDR='LEFT'),
    lambda environ: environ.__ior__({'LEFT': 1}),
    lambda environ: environ.setdefault('LEFT', 1),
    lambda environ: environ.setdefault('REMOTE_ADDR', 1),
    lambda environ: environ.pop('REMOTE_ADDR'),
    lambda environ: environ.popitem(),
    lambda environ: environ.__delitem__('REMOTE_ADDR'),
    lambda environ: environ.clear(),
    lambda environ: (environ.clear(), environ.update(LEFT=1)),
    lambda environ: kept.append(environ),
    lambda environ: kept[-1].update(LEFT=1),
    lambda environ: kept.append(iter(environ.items())),
    lambda environ: kept.append(environ['wsgi.input']),
    as_attributes,
    in_thread,
    lambda environ: (kept[-1][0].release(), kept[-1][1].acquire()),
]
number = -1
def usual(environ):
    return [(key, value) for key, value in environ.items()
        if isinstance(value, (str, int)) and key not in ('mod_wsgi.request_id', 'REMOTE_PORT')]
first = None
def application(environ, start_response):
    global number, first
    start_response('200 OK', [])
    first = first or usual(environ)
    seen = sorted(usual(environ)) == sorted(first), type(environ['wsgi.input']).__name__, \
        environ['mod_wsgi.request_id'], environ['REMOTE_PORT'], environ['mod_wsgi.request_start'], \
        environ['wsgi.input'] in kept
    number += 1
    if number < len(doings):
        doings[number](environ)
    if number % 2:
        return [repr(seen).encode()]
    return (repr(s).encode() for s in [seen] if environ)
)");
    for (int i = 0; i < 24; ++i) {
        FakeTask task;
        task.facts.request_id = "id" + std::to_string(i);
        task.facts.remote_port = static_cast<std::uint16_t>(i / 2);
        task.facts.request_start = i;
        run_file(task, path);
        const std::string number = std::to_string(i);
        const bool is_empty = i == 10;  // clear(), and then it yields nothing
        EXPECT_EQ(
            task.body,
            is_empty ? ""
                     : "(True, 'Input', 'id" + number + "', '" + std::to_string(i / 2) + "', " +
                           number + ".0, False)"
        ) << log();
    }
}

// What nobody has kept is written anew for the next request.
TEST_F(NextEnviron, HasValuesThatStayWhatTheyAreWhereverTheyAreKept) {
    const std::string path = script(R"(
import sys
kept, interned = [], []
keys = 'mod_wsgi.request_id', 'REMOTE_PORT', 'mod_wsgi.request_start', 'HTTP_X'
def application(environ, start_response):
    start_response('200 OK', [])
    values = [environ[key] for key in keys]
    way = environ['PATH_INFO']
    if way == '/kept':
        kept.append(values)
    elif way == '/set':
        kept.append({value: value for value in values})
    elif way == '/interned':
        interned.append(sys.intern(values[0]))
    elif way == '/popped':
        kept.append([environ.pop(key) for key in keys])
    elif way == '/bound':
        kept.append([values[1], environ['wsgi.input'].read])
    is_found = values[0] in {environ['QUERY_STRING']}  # by its hash
    return [repr([is_found, values, [list(k)[0] for k in kept], interned]).encode()]
)");
    std::string kept;
    std::string interned;
    int number = 100;
    for (const std::string way :
         {"/", "/",       "/kept",   "/", "/kept", "/set", "/set",   "/", "/interned", "/interned",
          "/", "/popped", "/popped", "/", "/kept", "/",    "/bound", "/", "/bound",    "/"}) {
        const std::string text = std::to_string(++number);
        FakeTask task;
        task.route.path_info = way;
        task.request.target = "/?id" + text;
        task.facts.request_id = "id" + text;
        task.facts.remote_port = static_cast<std::uint16_t>(number);
        task.facts.request_start = number;
        task.request.headers.add("X", number % 3 == 0 ? "\xe9" + text : "x" + text);
        if (way == "/kept" || way == "/set" || way == "/popped" || way == "/bound") {
            kept += (kept.empty() ? "'" : ", '") + (way == "/bound" ? text : "id" + text) + "'";
        } else if (way == "/interned") {
            interned += (interned.empty() ? "'id" : ", 'id") + text + "'";
        }
        run_file(task, path);
        EXPECT_EQ(
            task.body,
            "[True, ['id" + text + "', '" + text + "', " + text + ".0, '" +
                (number % 3 == 0 ? "\xc3\xa9" : "x") + text + "'], [" + kept + "], [" + interned +
                "]]"
        ) << log();
    }
}

TEST_F(NextEnviron, HasTheTimesOfItsOwnRequest) {
    const std::string path = script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return [str((environ['mod_wsgi.queue_start'], environ['mod_wsgi.daemon_start'])).encode()]
)");
    for (const double time : {0.0, 0.0, 2.0, 2.0, 3.0, 0.0, 0.0, 4.0}) {
        FakeTask task;
        task.facts.queue_start = task.facts.daemon_start = time;
        run_file(task, path);
        const std::string text = time == 0 ? "0.0" : std::to_string(static_cast<int>(time)) + ".0";
        EXPECT_EQ(task.body, "(" + text + ", " + text + ")");
    }
}

// Up to Python 3.11 a new dictionary may be what garbage is collected for: then code of the
// application runs, and may let another request run.
TEST_F(NextEnviron, IsOfItsOwnRequestWhenGarbageIsCollectedMeanwhile) {
    const std::string path = script(R"(
import gc, threading
gc.set_threshold(1)
kept = []
is_waiting, began, other_ended = threading.Lock(), threading.Lock(), threading.Lock()
for lock in is_waiting, began, other_ended:
    lock.acquire()
class Garbage:
    def __init__(self):
        self.me = self
    def __del__(self):
        began.release()
        other_ended.acquire()
def application(environ, start_response):
    kept.append(environ)
    start_response('200 OK', [])
    answer = [environ['REMOTE_ADDR'].encode()]
    step = environ['PATH_INFO']
    if step == '/garbage':
        is_waiting.acquire()
        gc.disable()
        kept.extend([{} for _ in range(200)])  # no dictionary is at hand
        Garbage()
        gc.enable()
    elif step == '/wait':
        is_waiting.release()
        began.acquire()
    elif step == '/other':
        other_ended.release()
    elif step == '/end' and began.locked():
        began.release()
    return answer
)");
    const auto ask = [&](interp::Worker& worker, const std::string& step, int fields) {
        FakeTask task;
        task.route.script_filename = path;
        task.route.path_info = step;
        task.facts.remote_addr = step;
        task.log = log_.get();
        for (int i = 0; i < fields; ++i) {
            task.request.headers.add("X-" + std::to_string(i), "1");
        }
        worker.run(task);
        return task.body;
    };
    // What so many fields leave behind is copied item by item, into a dictionary that is made
    // before.
    ask(*worker_, "/many", 100);
    std::thread other([&] {
        interp::Worker worker(test::python(), 4, nullptr);
        ask(worker, "/wait", 0);
        ask(worker, "/other", 0);
    });
    ask(*worker_, "/garbage", 0);
    EXPECT_EQ(ask(*worker_, "/mine", 0), "/mine") << log();
    ask(*worker_, "/end", 0);
    other.join();
}

}  // namespace
