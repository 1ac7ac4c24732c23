# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.
SHELL := bash
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
# More for the command line of `make run`, for example ARGS="--connect /ip4/…/tcp/…".
ARGS ?=
# More for the test runner of `make interop`: suites and -k WORD, for example CASES="peers -k kubo".
CASES ?=

RELEASE := swift build -c release --product uc-bot
BINARY := .build/release/uc-bot
# With Swift's own libraries in the program, so that it runs where there is no toolchain.
ifdef STATIC
RELEASE += --static-swift-stdlib --scratch-path .build-static
BINARY := .build-static/release/uc-bot
endif

.PHONY: help run chat test docs install interop reloads soak bench container service lint sanitize simulation \
  protobuf clean setup release

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: release ## build, then talk to bots/echo.lua on a console (ARGS="…" for more options)
	@exec $(BINARY) bots/echo.lua --console $(ARGS)

chat: release ## build, then chat yourself (ARGS="-c ADDRESS" connects to somebody)
	@exec $(BINARY) chat $(ARGS)

test: setup ## all tests
	@swift test --disable-xctest

docs: setup ## write what is made of the table of the scripting API: the reference page and the files for editors
	@UC_BOT_WRITE_DOCS=1 swift test --disable-xctest --filter "ReferencePageTests|EditorFileTests|TestingPageTests"

install: release ## put uc-bot into PREFIX/bin (PREFIX=/usr/local, DESTDIR is honoured; STATIC=1: it needs no toolchain)
	@scripts/install $(BINARY) "$(DESTDIR)$(PREFIX)/bin"

interop: release ## real peers (go-libp2p, Kubo, py-libp2p), enemies, and the command itself (CASES="…" to choose)
	@Tests/Interop/setup
	@Tests/Interop/run.py $(CASES)

reloads: release ## load scripts anew a thousand times, and see that memory stays flat (RELOADS=1000)
	@Tests/Interop/reloads.py

soak: release ## half an hour of talk and guests: nothing lost, nothing grows (SOAK=1800 seconds)
	@Tests/Interop/soak.py

bench: release ## how fast and how big, beside p2pd; prints the table of the README
	@swift build -c release --product uc-bench
	@$${CC:-cc} -O2 -o .build/release/chost bench/chost.c $$(pkg-config --cflags --libs lua5.4)
	@Tests/Interop/setup
	@bench/run.py

container: ## build the image of contrib/Containerfile and try it (podman; many minutes, as Swift is built in it)
	@scripts/container

service: release ## boot a systemd of its own and try contrib/uc-bot.service on it (root, debootstrap, systemd-nspawn)
	@scripts/service $(BINARY)

lint: ## the format of every Swift file, and luacheck on the bots (if it is there; the CI installs it)
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift
	@if command -v luacheck >/dev/null; then luacheck -q bots; else echo "luacheck is not installed: bots/ not looked at"; fi

sanitize: setup ## all tests under the address sanitizer, in .build-asan
	@# XCTest's own runner leaks a few hundred bytes: leaks are looked for by tests, with weak references.
	@SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan --disable-xctest

simulation: setup ## lookups among 1,000 and among 10,000 simulated nodes (minutes)
	@for nodes in 1000 10000; do UC_BOT_DHT_NODES=$$nodes swift test --disable-xctest --filter KademliaSimulationTests; done

protobuf: setup ## remake the Generated/ folders
	@scripts/protobuf

clean: ## remove everything that was built or installed here
	rm -rf .build .build-asan .build-container .build-protobuf .build-static .interop

setup:
	@scripts/setup

release: setup
	@$(RELEASE)
