uc.test("counts one vote for each peer, the last one, and tells the result when time is up", function(t)
  t:load "poll.lua"
  local alice, bob = t:peer "alice", t:peer "bob"
  alice:say "!poll start 2m Tea, coffee,"
  t:expect "poll: tea or coffee? !poll vote <choice>"
  alice:say "!poll vote coffee"
  alice:say "!poll vote Tea"
  bob:say "!poll vote tea"
  t:advance(119)
  t:expect_none()
  t:advance(1)
  t:expect "the poll is over: tea 2, coffee 0"
end)

uc.test("says what is wrong", function(t)
  t:load "poll.lua"
  local alice = t:peer "alice"
  alice:say "!poll vote tea"
  t:expect "there is no poll"
  alice:say "!poll start 2m Tea"
  t:expect "a poll needs two choices, with a comma between"
  alice:say "!poll start 5 a, b"
  t:expect_match "^time must be a duration .*, got \"5\"; usage: !poll start"
end)

uc.test("one poll at a time", function(t)
  t:load "poll.lua"
  local alice = t:peer "alice"
  alice:say "!poll start 1m a, b"
  alice:say "!poll start 1m c, d"
  t:expect_match "^poll: a or b"
  t:expect "one poll at a time; this one has a 0, b 0"
  alice:say "!poll vote c"
  t:expect "choose one of a, b"
  t:advance(60)
  t:expect "the poll is over: a 0, b 0"
  alice:say "!poll start 1m c, d"
  t:expect_match "^poll: c or d"
end)

uc.test("tells how it is used", function(t)
  t:load "poll.lua"
  t:expect_help "poll start"
  t:peer("alice"):say "!poll"
  t:expect "usage: !poll start <time> <choices…> | !poll vote <choice…>"
end)
