/**
 * Marks by which a gateway sees that Redis has lost what it held: a mark is written once and never expires. One that is there no more, or
 * another one, means that the node came back empty.
 */

/** ARGV: an id for a mark that is not there. Answers the mark's id and its age in milliseconds. */
export const markScript = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1] .. '@' .. string.format('%.0f', now)
  redis.call('SET', KEYS[1], mark)
end
local at = string.find(mark, '@', 1, true)
return { string.sub(mark, 1, at - 1), now - tonumber(string.sub(mark, at + 1)) }
`
