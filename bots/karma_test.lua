local function count(t, who, text)
  who:say(text)
  t:advance(3)
end

uc.test("counts up and down, and remembers", function(t)
  t:load "karma.lua"
  local alice, bob = t:peer "alice", t:peer "bob"
  count(t, alice, "tea++")
  count(t, bob, " Tea++ ")
  count(t, alice, "coffee--")
  t:expect("tea has 1", "tea has 2", "coffee has -1")
  t:restart()
  count(t, alice, "tea++")
  t:expect "tea has 3"
  alice:say "!karma coffee"
  t:expect "coffee has -1"
end)

uc.test("nobody counts for itself, and nobody too often", function(t)
  t:load "karma.lua"
  local alice = t:peer "alice"
  count(t, alice, "@" .. alice.short .. "++")
  t:expect "nobody counts for itself, 000alice"
  alice:say "tea++"
  alice:say "tea++"
  t:expect "tea has 1"
  t:expect_none()
end)

uc.test("only where nothing else is said", function(t)
  t:load "karma.lua"
  for _, text in ipairs { "i++ is C", "a+-", "++", "tea+ +", "--", "c++ tea++" } do count(t, t:peer "alice", text) end
  t:expect_none()
end)

uc.test("lists the best", function(t)
  t:load "karma.lua"
  local alice = t:peer "alice"
  alice:say "!top"
  t:expect "nobody has any points"
  for _, name in ipairs { "a", "b", "b", "c", "d", "e", "f" } do count(t, alice, name .. "++") end
  count(t, alice, "c--")
  t:said()
  alice:say "!top"
  t:expect "1. b 2, 2. a 1, 3. d 1, 4. e 1, 5. f 1"
end)

uc.test("takes no more names than it may", function(t)
  t:load("karma.lua", { config = { names = 2 } })
  for _, name in ipairs { "a", "b", "c", "a" } do count(t, t:peer "alice", name .. "++") end
  t:expect("a has 1", "b has 1", "a has 2")
end)
