-- What wrk sends to a function's invocations, and the line that scripts read afterwards: requests, requests a second,
-- p50 and p99 in microseconds, answers that are not 2xx or 3xx, requests without an answer.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = "{}"

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %.0f %.0f %.0f %d %d\n", summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
