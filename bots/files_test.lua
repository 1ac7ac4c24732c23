uc.test("shows what there is, and puts it on offer for everybody", function(t)
  t:file("tea.txt", 12)
  t:file("film.mkv", 4200000000)
  local bot = t:load "files.lua"
  local alice = t:peer "alice"
  alice:say "!files"
  t:expect "film.mkv (4.2 GB), tea.txt (12 B)"
  alice:say "!file tea.txt"
  local tea = t:folder()["tea.txt"]
  t:expect_equal(tea.announced, true)
  t:expect(("announced tea.txt, 12 B of %s: %s"):format(bot.short, tea.id))
  alice:say "!file milk.txt"
  t:expect "wait 5s"
  t:advance(5)
  alice:say "!file ../secret"
  t:expect "no: bad_name"
end)

uc.test("only admins take an offer back", function(t)
  t:file "tea.txt"
  t:load "files.lua"
  local alice, root = t:peer "alice", t:peer("root", { admin = true })
  alice:say "!file tea.txt"
  t:expect_match "^announced"
  alice:say "!back tea.txt"
  t:expect_match "not for you"
  t:expect_equal(t:folder()["tea.txt"].announced, true)
  root:say "!back tea.txt"
  t:expect "taken back"
  t:expect_equal(t:folder()["tea.txt"], { size = 1000, announced = false })
end)

uc.test("keeps what those announce whom it is told to keep from", function(t)
  t:load("files.lua", { config = { keep = "admins", most = 0.01 } })
  local alice, root = t:peer "alice", t:peer("root", { admin = true })
  alice:join()
  root:join()
  alice:file "of alice"
  t:expect_equal(t:folder(), {})
  root:file("../of root", { delay = 3 })
  t:advance(3)
  t:expect_log "kept"
  t:expect_equal(t:folder()["_._of_root"].size, 1000)
  root:file("too much", { size = 20000 })
  t:expect_log "not kept"
  t:set("keep", "all")
  alice:file "of alice"
  t:expect_equal(t:folder()["of_alice"].size, 1000)
end)

uc.test("says so when there is no folder, or nothing in it", function(t)
  t:load("files.lua", { files = false })
  t:peer("alice"):say "!files"
  t:expect "no files: unavailable"
end)

uc.test("an empty shelf", function(t)
  t:load "files.lua"
  t:peer("alice"):say "!files"
  t:expect "the shelf is empty"
end)
