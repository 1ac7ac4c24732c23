-- files: a shelf. What is in its folder can be had by anybody who asks; what others announce can be kept there.
--
--   uc-bot bots/files.lua --files ~/shelf --announce-files
--
--   !files          what there is
--   !file NAME      puts it on offer: everybody is told where it can be fetched, or without --announce-files who asked
--   !back NAME      takes the offer back (admins)
--
-- options: keep (whose announced files are fetched into the folder: "nobody", "admins" or "all"), most (MiB of one)

local o = uc.config { keep = "nobody", most = 10.0 }
local SHOWN = 20

local function size(bytes)
  if bytes < 1000 then return bytes .. " B" end
  for _, unit in ipairs { "kB", "MB", "GB" } do
    bytes = bytes / 1000
    if bytes < 1000 or unit == "GB" then return ("%.1f %s"):format(bytes, unit) end
  end
end

uc.command("files", { help = "what there is" }, function(msg)
  local list, code = uc.file.list()
  if not list then return msg:reply("no files: " .. code) end
  if #list == 0 then return msg:reply "the shelf is empty" end
  local shown = {}
  for i, file in ipairs(list) do
    if i > SHOWN then
      shown[i] = ("and %d more"):format(#list - SHOWN)
      break
    end
    shown[i] = ("%s (%s)"):format(file.name, size(file.size))
  end
  msg:reply(table.concat(shown, ", "))
end)

uc.command("file", {
  help = "puts a file on offer",
  args = { { "name", type = "rest" } },
  cooldown = { peer = 5, message = "wait {left}s" },
}, function(msg, args)
  local file, code = uc.file.offer(args.name)
  if not file then return msg:reply("no: " .. code) end
  local told, why = file:announce()
  local where = ("%s of %s: %s"):format(size(file.size), uc.me.short, file.id)
  if told then return msg:reply(("announced %s, %s"):format(file.name, where)) end
  if why ~= "forbidden" then return msg:reply("not announced: " .. why) end
  msg:reply(("to be fetched: %s, %s"):format(file.name, where))
end)

uc.command("back", {
  help = "takes an offer back",
  admin = true,
  args = { { "name", type = "rest" } },
}, function(msg, args)
  local file, code = uc.file.offer(args.name) -- the one that is on offer already
  if file then file:withdraw() end
  msg:reply(file and "taken back" or "no: " .. code)
end)

uc.on("file", { serial = "all" }, function(file)
  if o.keep ~= "all" and not (o.keep == "admins" and file.peer:is_admin()) then return end
  local kept, code = file:fetch { max = math.floor(o.most * 1048576) }
  uc.log.info(kept and "kept" or "not kept", {
    id = file.id, from = file.peer.short, name = kept and kept.name, size = kept and kept.size, code = code,
  })
end)
