-- For wrk: prints one line that bench.py reads. `-- N` after the URL sends a POST of N bytes instead of a GET.
-- Only init and done are defined, so that wrk's own request path stays free of Lua.

function init(args)
    if args[1] then
        wrk.method = "POST"
        wrk.body = string.rep("x", tonumber(args[1]))
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "RESULT requests=%d duration=%d p50=%d p99=%d max=%d connect=%d read=%d write=%d status=%d timeout=%d\n",
        summary.requests, summary.duration,
        latency:percentile(50.0), latency:percentile(99.0), latency.max,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
