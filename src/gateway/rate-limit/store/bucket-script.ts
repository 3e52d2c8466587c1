/** What {@link bucketScript} answers. */
export type ScriptReply = readonly [admitted: number, available: string, filled: string, toFill: string, wait: string];

/**
 * The arithmetic of `Buckets` with marks, for Redis, where a script is atomic: see there. The value of a key is
 * `debt filled (time debt)…`; a full bucket has none. The clock is the server's, so that all gateways mean the same.
 *
 * KEYS: the bucket. ARGV: operation, size, tokens of a fill, milliseconds between fills, then for `take` what is needed
 * and what is taken, for `settle` when the bucket had been filled and what comes back (below 0: what is owed), last the
 * time in milliseconds, 0 for the server's. Answers: admitted, available, filled, milliseconds to the next fill, and until
 * what is needed is there.
 */
export const bucketScript: string = `
local max, per, interval = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(ARGV[7])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local debt, filled, marks = 0, now, {{now, 0}}
local raw = redis.call('GET', KEYS[1])
if raw then
  local v = {}
  for word in string.gmatch(raw, '%S+') do v[#v + 1] = tonumber(word) end
  debt, filled, marks = v[1], v[2], {}
  for i = 3, #v - 1, 2 do marks[#marks + 1] = {v[i], v[i + 1]} end
  local fills = math.floor((now - filled) / interval)
  if fills > 0 then
    filled = filled + fills * interval
    debt = math.max(0, debt - fills * per)
    while #marks > 0 and marks[#marks][2] >= debt do marks[#marks] = nil end
    if #marks == 6 then
      local best, least = 1, math.huge
      for i = 1, 5 do
        local step = marks[i + 1][2] - marks[i][2]
        if step < least then best, least = i, step end
      end
      marks[best][1] = marks[best + 1][1]
      table.remove(marks, best + 1)
    end
    marks[#marks + 1] = {filled, debt}
  end
end
local function waitFor(tokens)
  local fills = math.ceil((tokens - (max - debt)) / per)
  if fills ~= fills or fills == math.huge then return 0 end
  return math.max(1, fills) * interval - (now - filled)
end
local admitted, wait = 1, 0
if ARGV[1] == 'take' then
  local need = tonumber(ARGV[5])
  if max - debt >= need then
    debt = debt + tonumber(ARGV[6])
  else
    admitted, wait = 0, waitFor(need)
  end
else
  local since, back = tonumber(ARGV[5]), tonumber(ARGV[6])
  if back < 0 then
    debt = debt - back
  elseif filled == since then
    debt = debt - math.min(back, debt)
  else
    local first = 1
    while first <= #marks and marks[first][1] <= since do first = first + 1 end
    back = math.min(back, debt, first <= #marks and marks[first][2] or debt)
    if back > 0 then
      debt = debt - back
      for i = first, #marks do marks[i][2] = marks[i][2] - back end
      if first <= #marks then
        while first > 1 and marks[first - 1][2] >= marks[first][2] do
          table.remove(marks, first - 1)
          first = first - 1
        end
      end
    end
  end
end
if debt <= 0 then
  if raw then redis.call('DEL', KEYS[1]) end
else
  local words = {string.format('%.17g', debt), string.format('%.17g', filled)}
  for _, mark in ipairs(marks) do
    words[#words + 1] = string.format('%.17g', mark[1])
    words[#words + 1] = string.format('%.17g', mark[2])
  end
  local value = table.concat(words, ' ')
  local full = filled + math.ceil(debt / per) * interval - now
  if full > 0 and full < 9e15 then
    redis.call('SET', KEYS[1], value, 'PX', string.format('%.0f', math.ceil(full)))
  else
    redis.call('SET', KEYS[1], value)
  end
end
local function text(number) return string.format('%.17g', number) end
return {admitted, text(max - debt), text(filled), text(math.max(0, filled + interval - now)), text(wait)}
`;
