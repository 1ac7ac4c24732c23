"""py-libp2p with its own mDNS, run inside a network namespace: prints `id ID` and each peer that it finds.

    mdns_child.py ADDRESS PORT
"""
import sys

import multiaddr
import trio
from libp2p import new_host
from libp2p.discovery.events.peerDiscovery import peerDiscovery

from mdns_packets import stay_inside


async def main(address, port):
    host = new_host(
        listen_addrs=[multiaddr.Multiaddr(f"/ip4/{address}/tcp/{port}")], enable_mDNS=True)
    peerDiscovery.register_peer_discovered_handler(
        lambda info: print("found", info.peer_id, *info.addrs, flush=True))
    async with host.run(listen_addrs=[multiaddr.Multiaddr(f"/ip4/{address}/tcp/{port}")]):
        print("id", host.get_id(), flush=True)
        await trio.sleep_forever()


stay_inside()
trio.run(main, sys.argv[1], int(sys.argv[2]))
