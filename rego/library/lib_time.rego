# METADATA
# title: Windows of time
# description: By the time of the request (`input.context.now_ms`). An offset is in minutes east of UTC; rules have no time zones, whose rules change.
package gateway.lib.time

# METADATA
# title: Minutes since midnight, at an offset
minute_of_day(offset) := floor(minutes(offset)) % 1440

# METADATA
# title: The day of the week at an offset, 0 is Sunday
weekday(offset) := (floor(minutes(offset) / 1440) + 4) % 7

# METADATA
# title: Within a window of each day
# description: "`from` and `to` are minutes since midnight; a window whose end is not after its beginning crosses midnight."
within(from, to, offset) if {
	minute_of_day(offset) >= from
	minute_of_day(offset) < to
}

within(from, to, offset) if {
	from >= to
	minute_of_day(offset) >= from
}

within(from, to, offset) if {
	from >= to
	minute_of_day(offset) < to
}

# METADATA
# title: On one of these days of the week, at an offset
on_days(days, offset) if weekday(offset) in days

# METADATA
# title: Not after a moment, in milliseconds since 1970
until(moment_ms) if input.context.now_ms <= moment_ms

minutes(offset) := (input.context.now_ms / 60000) + offset
