-- For wrk: sends the requests of a file one after the other, over and over.
--   wrk … -s replay.lua http://host:port -- <file> [check]
-- The file holds raw HTTP requests, each after a line with its length. With `check`, every answer is searched for
-- GraphQL errors, which costs the driver time that a measurement must not pay.

local requests, position, threads = {}, 0, {}
failed = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for line in file:lines() do
    requests[#requests + 1] = file:read(tonumber(line))
  end
  file:close()
  if arguments[2] == "check" then
    response = function(status, headers, body)
      if status ~= 200 or body:find('"errors":[', 1, true) then failed = failed + 1 end
    end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  for _, thread in ipairs(threads) do lost = lost + thread:get("failed") end
  print(string.format('RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"failed":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration, summary.bytes, lost, latency:percentile(50), latency:percentile(99)))
end
