-- For wrk: one request body per line of a file, in turn; threads shared out over several ports.
-- The file comes as an argument; BENCH_PORTS and BENCH_TOKEN from the environment.

local threads, ports = 0, {}
for port in os.getenv("BENCH_PORTS"):gmatch("%d+") do ports[#ports + 1] = port end

function setup(thread)
  thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1]
  thread:set("place", threads * 41)
  threads = threads + 1
end

function init(arguments)
  requests = {}
  local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
  local token = os.getenv("BENCH_TOKEN")
  if token then headers["Authorization"] = token end
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
