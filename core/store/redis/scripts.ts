/**
 * What runs inside Redis, each script atomic and one round trip. A key's counts lie in one hash and its leases in one sorted set beside it,
 * under one hash tag, so that Cluster keeps them together. Time is the server's: gateways need no common clock. Amounts are whole numbers
 * below 2^53, which Lua's doubles hold exactly.
 *
 * Of the hash: `<meter>:s` the sum of a sliding window, `<meter>:h` its newest slot, `<meter>:<slot mod 61>` what stands in a slot;
 * `<meter>:p` the id of a calendar period, `<meter>:u` what was used in it; `e` the epoch: a hash that was lost comes back under another.
 */
const common = `
local hash, leases = KEYS[1], KEYS[2]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ring = 61

local function whole (value) return string.format('%.0f', value) end
local function get (field) return tonumber(redis.call('HGET', hash, field) or '0') end

-- moves a window on to now: what stands in slots that lie outside of it counts no more; answers the slot of now and the sum
local function advance (name, slotMs)
  local slot, head = math.floor(now / slotMs), get(name .. ':h')
  if slot <= head then return head, get(name .. ':s') end
  local sum = get(name .. ':s')
  if sum ~= 0 then
    for passed = math.max(head + 1, slot - ring + 1), slot do
      local field = name .. ':' .. whole(passed % ring)
      local amount = tonumber(redis.call('HGET', hash, field) or '0')
      if amount ~= 0 then
        sum = sum - amount
        redis.call('HDEL', hash, field)
      end
    end
    redis.call('HSET', hash, name .. ':s', whole(sum))
  end
  redis.call('HSET', hash, name .. ':h', whole(slot))
  return slot, sum
end

local function put (name, slot, amount)
  redis.call('HINCRBY', hash, name .. ':' .. whole(slot % ring), whole(amount))
  redis.call('HINCRBY', hash, name .. ':s', whole(amount))
end

-- a period that has begun ends the one before; a gateway whose clock is behind counts in the newer one
local function period (name, id)
  local known = redis.call('HGET', hash, name .. ':p')
  if known and known >= id then return known, get(name .. ':u') end
  redis.call('HSET', hash, name .. ':p', id, name .. ':u', '0')
  return id, 0
end

local function keep (ms)
  if redis.call('PTTL', hash) < ms then redis.call('PEXPIRE', hash, whole(ms)) end
end
`

/**
 * ARGV: epoch for a new hash, lease, its milliseconds, then for each meter: name, kind, limit, amount, window in ms or period id,
 * milliseconds to the period's end. Answers admitted, index of the first meter that is over, milliseconds to wait (-1 = never), the epoch,
 * then for each meter: used, milliseconds to reset, place.
 */
export const takeScript = `${common}
local over, wait = -1, 0
local meters = {}
for at = 4, #ARGV, 6 do
  local m = { name = ARGV[at], kind = ARGV[at + 1], limit = tonumber(ARGV[at + 2]), amount = tonumber(ARGV[at + 3]), span = ARGV[at + 4], ends = tonumber(ARGV[at + 5]) }
  if m.kind == 's' then
    m.slotMs = tonumber(m.span) / 60
    m.slot, m.used = advance(m.name, m.slotMs)
    m.place = whole(m.slot)
    m.reset = tonumber(m.span)
  elseif m.kind == 'p' then
    m.place, m.used = period(m.name, m.span)
    m.reset = m.ends
  else
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', whole(now))
    m.place, m.used, m.reset = '', redis.call('ZCARD', leases), 0
  end
  if m.used + m.amount > m.limit then
    if over < 0 then over = #meters end
    if m.amount > m.limit then wait = -1
    elseif wait >= 0 and m.kind == 's' then
      local left, first = m.used, m.slot - 60
      for slot = first, m.slot do
        left = left - get(m.name .. ':' .. whole(slot % ring))
        if left + m.amount <= m.limit then
          wait = math.max(wait, math.ceil((slot + 61) * m.slotMs - now))
          break
        end
      end
    elseif wait >= 0 then wait = math.max(wait, m.reset) end
  end
  meters[#meters + 1] = m
end
local epoch = redis.call('HGET', hash, 'e')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', hash, 'e', epoch)
  redis.call('PEXPIRE', hash, '60000')
end
local answer = { over < 0 and 1 or 0, over, wait, epoch }
for _, m in ipairs(meters) do
  if over < 0 then
    m.used = m.used + m.amount
    if m.kind == 's' then
      if m.amount > 0 then put(m.name, m.slot, m.amount) end
      keep(tonumber(m.span) + m.slotMs)
    elseif m.kind == 'p' then
      if m.amount > 0 then redis.call('HINCRBY', hash, m.name .. ':u', whole(m.amount)) end
      keep(m.ends + 60000)
    elseif m.amount > 0 then
      redis.call('ZADD', leases, whole(now + tonumber(ARGV[3])), ARGV[2])
      redis.call('PEXPIRE', leases, ARGV[3])
    end
  end
  answer[#answer + 1] = whole(m.used)
  answer[#answer + 1] = whole(m.used > 0 and m.reset or 0)
  answer[#answer + 1] = m.place
end
return answer
`

/** ARGV: epoch of the reservation, lease, then for each meter: name, kind, difference, window in ms, place. A hash that was lost meanwhile is left alone. */
export const settleScript = `${common}
redis.call('ZREM', leases, ARGV[2])
if redis.call('HGET', hash, 'e') ~= ARGV[1] then return 0 end
for at = 3, #ARGV, 5 do
  local name, kind, difference, place = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 4]
  if kind == 's' then
    local slot = advance(name, tonumber(ARGV[at + 3]) / 60)
    if slot - tonumber(place) < ring then put(name, tonumber(place), difference)
    elseif difference > 0 then put(name, slot, difference) end
  elseif kind == 'p' and redis.call('HGET', hash, name .. ':p') == place then
    redis.call('HINCRBY', hash, name .. ':u', whole(difference))
  end
end
return 1
`

/**
 * ARGV: epoch this gateway knows, epoch for a new hash, milliseconds of a lease, number of leases, the leases, then for each entry: meter,
 * kind, window in ms or period id, milliseconds to its end, age in slots, amount. Adds one gateway's share to a hash that came back under another
 * epoch; leases are held anew in any case. Ages are rounded to the safe side: what is restored may count a slot too long. Answers the epoch.
 */
export const restoreScript = `${common}
local held = tonumber(ARGV[4])
for at = 5, 4 + held do redis.call('ZADD', leases, whole(now + tonumber(ARGV[3])), ARGV[at]) end
if held > 0 then redis.call('PEXPIRE', leases, ARGV[3]) end
local epoch = redis.call('HGET', hash, 'e')
if epoch == ARGV[1] then return epoch end
if not epoch then
  epoch = ARGV[2]
  redis.call('HSET', hash, 'e', epoch)
end
for at = 5 + held, #ARGV, 6 do
  local name, kind, span, ends, age, amount = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  if kind == 's' then
    local newest = advance(name, tonumber(span) / 60)
    put(name, newest - math.max(0, age - 1), amount)
    keep(tonumber(span) * 61 / 60)
  else
    local id = period(name, span)
    if id == span then redis.call('HINCRBY', hash, name .. ':u', whole(amount)) end
    keep(ends + 60000)
  end
end
return epoch
`
