-- For wrk: sends pairs of mutations. The file holds raw HTTP requests as for replay.lua, by turns one that creates and
-- one that marks what was created. The answer to a creation says which pair it was (`slot` in the metadata) and the
-- id that stands in its second request instead of zeros.
-- A pair whose second answer is no success counts as failed.

local creates, marks, waiting, position, threads = {}, {}, {}, 0, {}
local zeros = "00000000%-0000%-0000%-0000%-000000000000"
failed, pairs_done = 0, 0

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for line in file:lines() do
    creates[#creates + 1] = file:read(tonumber(line))
    marks[#marks + 1] = file:read(tonumber(file:read("*l")))
  end
  file:close()
end

function request()
  if #waiting > 0 then
    return table.remove(waiting)
  end
  position = position % #creates + 1
  return creates[position]
end

function response(status, headers, body)
  local slot = body:match('"slot":%s*(%d+)')
  local id = body:match('"id":"([%x%-]+)"')
  if status ~= 200 or not id or body:find('"errors":[', 1, true) then
    failed = failed + 1
  elseif slot then
    waiting[#waiting + 1] = marks[tonumber(slot)]:gsub(zeros, id)
  elseif body:upper():find('"STATUS":"SUCCESS"', 1, true) then
    pairs_done = pairs_done + 1
  else
    failed = failed + 1
  end
end

function done(summary, latency)
  local errors = summary.errors
  local lost, finished = errors.connect + errors.read + errors.write + errors.timeout, 0
  for _, thread in ipairs(threads) do
    lost = lost + thread:get("failed")
    finished = finished + thread:get("pairs_done")
  end
  print(string.format('RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"failed":%d,"p50":%d,"p99":%d}',
    finished, summary.duration, summary.bytes, lost, latency:percentile(50), latency:percentile(99)))
end
