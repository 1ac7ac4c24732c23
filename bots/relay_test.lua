local FEED = "https://example.org/feed.xml"
local CONFIG = { feeds = { FEED }, minutes = 10.0, most = 2 }

local function rss(...)
  local items = {}
  for i, name in ipairs { ... } do
    items[i] = ("<item><title>%s</title><link>https://example.org/%s</link><guid>%s</guid></item>"):format(name, name, name)
  end
  return { body = "<rss><channel>" .. table.concat(items, "\n") .. "</channel></rss>" }
end

uc.test("says what is new, and not what was there at the first look", function(t)
  t:http("GET " .. FEED, rss("one"))
  t:http("GET " .. FEED, rss("two", "one"))
  t:http("GET " .. FEED, rss("two"))
  t:load("relay.lua", { config = CONFIG })
  t:expect_none()
  t:advance(611)
  t:expect "two https://example.org/two"
  t:restart()
  t:advance(6000)
  t:expect_none()
end)

uc.test("says no more than so many at once, and knows the others all the same", function(t)
  t:http("GET " .. FEED, rss())
  t:http("GET " .. FEED, rss("a", "b", "c"))
  t:load("relay.lua", { config = CONFIG })
  t:advance(611)
  t:expect("a https://example.org/a", "b https://example.org/b")
  t:advance(6000)
  t:expect_none()
end)

uc.test("reads Atom, entities and CDATA", function(t)
  t:http("GET " .. FEED, { body = "<feed></feed>" })
  t:http("GET " .. FEED, {
    body = '<feed><entry><id>1</id><title><![CDATA[Tea <b>&amp;</b>\n more]]></title>'
      .. '<link rel="alternate" href="https://example.org/1"/></entry></feed>',
  })
  t:load("relay.lua", { config = CONFIG })
  t:advance(611)
  t:expect "Tea & more https://example.org/1"
end)

uc.test("a feed that cannot be read is told in the log, and looked at again", function(t)
  t:http("GET " .. FEED, { status = 500 })
  t:http("GET " .. FEED, { error = "timeout" })
  t:http("GET " .. FEED, rss("one"))
  t:http("GET " .. FEED, rss("one", "two"))
  t:load("relay.lua", { config = CONFIG })
  t:expect_log "no feed code=500"
  t:advance(611)
  t:expect_log "no feed code=timeout"
  t:advance(1222)
  t:expect "two https://example.org/two"
end)

uc.test("says what is posted to it, by those who know the token", function(t)
  t:http("GET " .. FEED, rss())
  t:load("relay.lua", { config = { feeds = { FEED }, token = "long-and-secret" } })
  local headers = { Authorization = "Bearer long-and-secret" }
  t:expect_equal(t:webhook("POST /relay", "the build is\ngreen", { headers = headers }).status, 200)
  t:expect "the build is green"
  t:expect_equal(t:webhook("POST /relay", " \n", { headers = headers }).status, 400)
  t:expect_equal(t:webhook("POST /relay", "let me in").status, 401)
  t:expect_none()
end)
