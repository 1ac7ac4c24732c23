-- Fetches what is announced, offers and asks for what it is told to, and prints what came of it.
local function fetched(id, got, code)
  print(("fetch %s: %s"):format(id, got and ("%s, %d bytes"):format(got.name, got.size) or code))
end

uc.on("file", function(file) fetched(file.id, file:fetch()) end)

uc.hear("^offer (%S+)$", function(_, name)
  local file, code = uc.file.offer(name)
  print(("offer %s: %s"):format(name, file and file.id or code))
end)

uc.hear("^announce (%S+)$", function(_, name)
  local file = uc.file.offer(name)
  local receipt, code = file:announce()
  print(("announce %s: %s"):format(name, receipt and "told " .. receipt.peers or code))
end)

uc.hear("^get (%S+)$", function(msg, id) fetched(id, uc.file.fetch(msg.from, id)) end)
