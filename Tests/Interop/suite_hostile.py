"""uc-bot against enemies at every layer. After each attack: alive, memory flat, and a p2pd still gets its answers."""
import attacks_protocols
import attacks_transport
from battlefield import ENEMIES, MAY_GROW_MIB, QUIET, Battlefield


def enemy_dialled(name):
    def check(field):
        address = field.enemies[name].address
        line = field.bot.wait_line(rf"Failed to connect to {address}: (.+); trying again in [\d.]+ ?s", 40)
        return line[1]

    return check


def afterwards(attack, may_grow=MAY_GROW_MIB):
    """The attack, and then: uc-bot is as well as before."""

    def case(field):
        notes = [attack(field), field.unharmed(may_grow)]
        return ", ".join(note for note in notes if note)

    return case


def run(runner):
    attacks = [
        *attacks_transport.ATTACKS,
        *attacks_protocols.ATTACKS,
        *((f"dialled: an enemy that {name}", enemy_dialled(name)) for name in ENEMIES),
        *((name, lambda field, name=name: field.quiet[name].closed_in_time()) for name in QUIET),
    ]
    cases = [(name, afterwards(attack), 60) for name, attack in attacks]
    # A script may hold 32 MiB, and what it held stays with the allocator for the next time.
    cases += [
        (name, afterwards(attack, MAY_GROW_MIB + 32), 60) for name, attack in attacks_protocols.SCRIPTS_GONE_WRONG]
    runner.scenario("uc-bot among enemies", Battlefield, cases)
