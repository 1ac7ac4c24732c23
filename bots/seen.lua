-- seen: "!seen <peer>" tells when somebody has spoken last, and what it said.
--
-- options: peers (how many are remembered; those that spoke longest ago are forgotten first), words (of what was said)

local o = uc.config { peers = 500, words = true }
local seen = uc.store:get("seen", {}) -- by the short form of the id: { time, text }
local count, changed = 0, false
for _ in pairs(seen) do count = count + 1 end

local function forgetOldest()
  local oldest
  for short, entry in pairs(seen) do
    if not oldest or entry.time < seen[oldest].time then oldest = short end
  end
  if oldest then seen[oldest], count = nil, count - 1 end
end

uc.on("message", { bots = true }, function(msg)
  local short = msg.from.short
  if not seen[short] then
    if count >= o.peers then forgetOldest() end
    count = count + 1
  end
  seen[short] = { time = msg.time, text = o.words and uc.trim(msg.text):sub(1, 60) or nil }
  changed = true
end)

local function keep()
  if changed and uc.store:set("seen", seen) then changed = false end
end
uc.every(60, keep) -- not for each message: a busy room would do nothing else
uc.on("stop", keep)
uc.on("unload", keep)

local function ago(seconds)
  for _, unit in ipairs { { 86400, "d" }, { 3600, "h" }, { 60, "min" } } do
    if seconds >= unit[1] then return ("%d %s"):format(seconds // unit[1], unit[2]) end
  end
  return ("%d s"):format(seconds // 1)
end

uc.command("seen", { help = "tells when somebody has spoken last", args = { "peer" } }, function(msg, args)
  local short = args.peer:gsub("^@", ""):sub(-8)
  if short == uc.me.short then return msg:reply("I am here") end
  if short == msg.from.short then return msg:reply("you are here, " .. short) end
  local entry = seen[short]
  if not entry then return msg:reply("I have not heard " .. short) end
  local words = entry.text and entry.text ~= "" and ": " .. entry.text or ""
  msg:reply(("%s spoke %s ago%s"):format(short, ago(uc.now() - entry.time), words))
end)
