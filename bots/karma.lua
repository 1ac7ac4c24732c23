-- karma: "tea++" and "tea--" count, "!karma tea" tells, "!top" lists the best. Nobody counts for itself.
--
-- options: names (how many are counted; then no new ones), pause (seconds until a peer counts again)

local o = uc.config { names = 2000, pause = 3 }
local points = uc.store:scope "points"
local last = {} -- when each peer has counted last, by id

-- Names with their points, the best first.
local function ranking()
  local found, after, more = {}, nil, true
  while more do
    local keys
    keys, more = points:keys("", { after = after })
    if not keys then return found end
    for _, name in ipairs(keys) do found[#found + 1] = { name = name, points = points:get(name, 0) } end
    after = keys[#keys]
  end
  table.sort(found, function(a, b) return a.points == b.points and a.name < b.name or a.points > b.points end)
  return found
end

local count = #ranking()

uc.hear("^%s*(@?[%w_%-]+)([%+%-][%+%-])%s*$", function(msg, name, sign)
  if sign ~= "++" and sign ~= "--" then return end
  name = name:gsub("^@", ""):lower():sub(1, 32)
  if name == msg.from.short:lower() then return msg:reply("nobody counts for itself, " .. msg.from.short) end
  if uc.now() - (last[msg.from.id] or -o.pause) < o.pause then return end
  last[msg.from.id] = uc.now()
  local isNew = points:get(name) == nil
  if isNew and count >= o.names then return end
  local sum = points:incr(name, sign == "++" and 1 or -1)
  if not sum then return end
  if isNew then count = count + 1 end
  msg:reply(("%s has %d"):format(name, sum))
end)

uc.every(3600, function() last = {} end) -- so that strangers do not pile up in it

uc.command("karma", { help = "tells the points of a name", args = { "name" } }, function(msg, args)
  local name = args.name:gsub("^@", ""):lower():sub(1, 32)
  msg:reply(("%s has %d"):format(name, points:get(name, 0)))
end)

uc.command("top", { help = "lists the best", cooldown = { room = 10 } }, function(msg)
  local lines = {}
  for i, entry in ipairs(ranking()) do
    if i > 5 then break end
    lines[i] = ("%d. %s %d"):format(i, entry.name, entry.points)
  end
  msg:reply(#lines > 0 and table.concat(lines, ", ") or "nobody has any points")
end)
