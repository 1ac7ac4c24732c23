-- Asks the distributed hash table for whoever asks the bot to.

uc.command("where", { args = { "id" } }, function(msg, args)
  local addresses, code = uc.find_peer(args.id)
  msg:reply("it is at " .. (addresses and addresses[1] or code))
end)

uc.command("provide", { args = { "key" } }, function(msg, args)
  local ok, code = uc.provide(args.key)
  msg:reply("announced: " .. (ok and "yes" or code))
end)

uc.command("who", { args = { "key" } }, function(msg, args)
  local peers, code = uc.find_providers(args.key)
  msg:reply("found: " .. (peers and (peers[1] and peers[1].id or "nobody") or code))
end)
