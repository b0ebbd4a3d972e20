// What a request's head costs to read and a response's to write: `perf/micro/http_bench`.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "http/date.h"
#include "http/parser/parser.h"
#include "http/response_writer.h"

namespace {

constexpr base::Bytes kWrk = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";

constexpr base::Bytes kBrowser =
    "GET /shop/items?page=2&sort=price HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Referer: https://www.example.org/shop/items?page=1\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.7\r\n"
    "Cookie: session=4f1d2c9a8b7e6f50; theme=dark\r\n"
    "DNT: 1\r\n"
    "\r\n";

class NoBody final : public http::BodyReceiver {
public:
    void on_body(base::Bytes bytes) override { benchmark::DoNotOptimize(bytes.data()); }
};

void read_head(benchmark::State& state, base::Bytes bytes) {
    const http::Limits limits;
    NoBody body;
    http::Parser parser(limits, body);
    http::Request request;
    for (auto _ : state) {
        base::Bytes input = bytes;
        if (parser.feed(input, request) != http::Parser::Step::kEnd) {
            state.SkipWithError("the request was not read");
        }
        benchmark::DoNotOptimize(request.headers.size());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void write_head(benchmark::State& state) {
    http::Response response;
    response.reason = "OK";
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.content_length = 12;
    const std::string date = http::http_date(784111777);
    const http::OwnFields own(date, "Hoopsnake");
    const http::HeadContext context{.own = &own};
    std::string out;
    for (auto _ : state) {
        out.clear();
        http::Framing framing = http::write_head(response, context, out);
        http::write_body(framing, "hello world\n", out);
        benchmark::DoNotOptimize(http::write_end(framing, out));
        benchmark::DoNotOptimize(out.data());
    }
}

BENCHMARK_CAPTURE(read_head, wrk, kWrk);
BENCHMARK_CAPTURE(read_head, browser, kBrowser);
BENCHMARK(write_head);

}  // namespace
