uc.test("throws what is asked for, within its range", function(t)
  t:load "dice.lua"
  local alice = t:peer "alice"
  for _ = 1, 5 do
    alice:say "!roll"
    local pips = math.tointeger(t:expect_match "^000alice: (%d)")
    t:expect_equal(pips >= 1 and pips <= 6, true)
  end
  alice:say "!roll 3d1000"
  local sum, a, b, c = t:expect_match "^000alice: (%d+) = (%d+) %+ (%d+) %+ (%d+)$"
  t:expect_equal(math.tointeger(sum), math.tointeger(a) + math.tointeger(b) + math.tointeger(c))
end)

uc.test("refuses dice that cannot be", function(t)
  t:load "dice.lua"
  local alice = t:peer "alice"
  for _, dice in ipairs { "0d6", "21d6", "1d1", "1d1001", "99999999999999999999d6", "six" } do
    alice:say("!roll " .. dice)
    t:expect_match("^I throw 1d2 to 20d1000, not " .. dice:sub(1, 20))
  end
end)

uc.test("flips a coin, both ways", function(t)
  t:load "dice.lua"
  local seen = {}
  for i = 1, 10 do
    t:peer("peer " .. i):say "!flip"
    seen[t:expect_match ": (%a+)"] = true
  end
  t:expect_equal(seen, { heads = true, tails = true })
end)

uc.test("tells how it is used", function(t)
  t:load "dice.lua"
  t:expect_help "roll"
  t:expect_help "flip"
end)
