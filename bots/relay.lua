-- relay: says what is new in RSS and Atom feeds, and what others post to its webhook.
--
--   uc-bot bots/relay.lua --set relay.feeds=https://example.org/feed.xml --set relay.token=long-and-secret \
--     --http 127.0.0.1:9100 --store /var/lib/uc-bot
--   curl -H "Authorization: Bearer long-and-secret" -d "the build is green" http://127.0.0.1:9100/relay
--
-- options: feeds (their addresses), minutes (between two looks), most (items said of one look), token (of the webhook,
-- eight characters or more; without one there is no webhook)

local o = uc.config { feeds = {}, minutes = 15.0, most = 3, token = "" }
local known = uc.store:scope "known"
local REMEMBERED = 90 * 86400 -- seconds; a feed that shows older items shows them as new

local entities = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", ["#39"] = "'" }

-- The text of an element, without markup, in one line.
local function text(item, name)
  local inner = item:match("<" .. name .. "[^>]*>(.-)</" .. name .. ">") or ""
  inner = inner:gsub("<!%[CDATA%[(.-)%]%]>", "%1"):gsub("<[^>]*>", ""):gsub("&(#?%w+);", entities)
  return uc.trim((inner:gsub("%s+", " "))):sub(1, 200)
end

local function look(feed)
  local answer, code = uc.http.get(feed, { timeout = 30 })
  if not answer or not answer.ok then
    return uc.log.warn("no feed", { feed = feed, code = code or answer.status })
  end
  local isFirst = not known:get(feed)
  local count, said = 0, 0
  for _, kind in ipairs { "item", "entry" } do
    for item in answer.body:gmatch("<" .. kind .. "[ >](.-)</" .. kind .. ">") do
      local link = text(item, "link")
      if link == "" then link = item:match '<link[^>]-href="([^"]+)"' or "" end
      local id = text(item, kind == "item" and "guid" or "id")
      local key = uc.sha256(feed .. " " .. (id ~= "" and id or link))
      local isNew = not known:get(key)
      known:set(key, true, { ttl = REMEMBERED }) -- each time, so that what the feed still shows is not forgotten
      -- What is there at the first look is not news.
      if isNew and not isFirst and said < o.most then
        said = said + 1
        uc.say(text(item, "title") .. " " .. link)
      end
      count = count + 1
      if count == 100 then break end
    end
  end
  known:set(feed, true, { ttl = REMEMBERED })
end

local function lookAtAll()
  for _, feed in ipairs(o.feeds) do look(feed) end
end
uc.on("start", lookAtAll)
uc.every(o.minutes * 60, { jitter = 10 }, lookAtAll)

if o.token ~= "" then
  uc.webhook("POST /relay", { token = o.token }, function(request)
    local line = uc.trim((request.body:gsub("%c+", " "))):sub(1, 500)
    if line == "" then return 400, "nothing to say" end
    local said, code = uc.say(line)
    if not said then return 503, code end
    return 200, { ok = true }
  end)
end
