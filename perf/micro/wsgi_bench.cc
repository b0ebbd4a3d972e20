// What Python costs per request: Worker::run() from environ to close(), with a Task that takes the
// response and drops it. `allocations` are those that reach malloc (Python's own small objects do
// not).
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "interp/worker.h"

namespace {
std::atomic<long> allocations{0};
}

// glibc's own names of its allocator.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);

void* malloc(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_realloc(old, size);
}
}

namespace {

struct Asked {
    request::Parcel parcel;
};

class Sink : private Asked, public interp::Task {
public:
    Sink() : interp::Task(parcel) {}
    std::size_t read_body_now(char*, std::size_t) override { return 0; }
    [[nodiscard]] bool is_body_complete() const override { return true; }
    base::Result<> wait_for_body() override { return {}; }
    base::Result<> respond(base::Bytes first, bool) override {
        bytes += first.size();
        return {};
    }
    base::Result<> write(base::Bytes more, bool) override {
        bytes += more.size();
        return {};
    }
    bool takes_file() override { return true; }
    base::Result<> respond_with_file(int, off_t, std::size_t count) override {
        bytes += count;
        return {};
    }
    [[nodiscard]] bool would_block() const override { return false; }
    [[nodiscard]] bool is_client_gone() override { return false; }
    void finish() override { ++finished; }
    void abort(int, const base::Error& error) override {
        std::fprintf(stderr, "aborted: %s\n", error.what.c_str());
        std::abort();
    }
    std::size_t bytes = 0;
    std::size_t finished = 0;
};

interp::Runtime& python() {
    static const std::unique_ptr<interp::Runtime> runtime = [] {
        interp::Settings settings;
        settings.server_software = "Hoopsnake";
        settings.hosts = {{0, {{"SERVER_ADMIN", "[no address given]"}, {"DOCUMENT_ROOT", "/srv"}}}};
        auto made = interp::Runtime::create(std::move(settings));
        if (!made) {
            std::fprintf(stderr, "%s\n", made.error().what.c_str());
            std::abort();
        }
        return std::move(*made);
    }();
    return *runtime;
}

std::string script(const char* name, const char* source) {
    const auto path =
        std::filesystem::temp_directory_path() / (std::string("wsgi_bench_") + name + ".wsgi");
    std::ofstream(path) << source;
    return path.string();
}

// As wrk and as a browser send it.
void fill(Sink& task, bool is_browser) {
    task.request.method = "GET";
    task.request.target = "/";
    task.request.headers.add("Host", "127.0.0.1:8000");
    if (is_browser) {
        task.request.headers.add("Connection", "keep-alive");
        task.request.headers.add(
            "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0"
        );
        task.request.headers.add(
            "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        );
        task.request.headers.add("Accept-Encoding", "gzip, deflate, br");
        task.request.headers.add("Accept-Language", "en-GB,en;q=0.9,de;q=0.8");
        task.request.headers.add("Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark");
        task.request.headers.add("Sec-Fetch-Mode", "navigate");
        task.request.headers.add("Cache-Control", "max-age=0");
    }
    task.route.callable = "application";
    task.route.path_info = "/";
    task.facts.remote_addr = "127.0.0.1";
    task.facts.server_addr = "127.0.0.1";
    task.facts.server_port = 8000;
    task.facts.server_name = "127.0.0.1";
    task.facts.server_port_name = "8000";
    task.facts.server_pid = 4711;
}

void run(benchmark::State& state, const char* name, const char* source, bool is_browser) {
    interp::Worker worker(python(), 1, nullptr);
    Sink task;
    fill(task, is_browser);
    task.route.script_filename = script(name, source);
    unsigned number = 0;
    const auto next = [&] {  // 64 connections, a new identity for each request
        ++number;
        task.facts.remote_port = static_cast<std::uint16_t>(40000 + number % 64);
        task.facts.request_id.resize(11);
        for (unsigned i = 0, rest = number; i < 11; ++i, rest >>= 3) {
            task.facts.request_id[i] = static_cast<char>('0' + rest % 8);
        }
        worker.run(task);
    };
    worker.acquire();
    for (int i = 0; i < 1000; ++i) {
        next();
    }
    const long before = allocations.load();
    for (auto _ : state) {
        next();
    }
    state.counters["allocations"] =
        static_cast<double>(allocations.load() - before) / static_cast<double>(state.iterations());
    worker.release();
}

constexpr const char* kHello = R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '13')])
    return [b'Hello, World!']
)";
constexpr const char* kGenerator = R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield b'Hello, '
    yield b'World!'
)";

void hello(benchmark::State& state) { run(state, "hello", kHello, false); }
void hello_browser(benchmark::State& state) { run(state, "hello", kHello, true); }
void generator(benchmark::State& state) { run(state, "generator", kGenerator, false); }
BENCHMARK(hello);
BENCHMARK(hello_browser);
BENCHMARK(generator);

}  // namespace

BENCHMARK_MAIN();
