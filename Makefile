# make            builds what runs
# make run        the proxy on port 8080 before two little servers of its own
# make test       all tests that this machine can run, and a list of what was skipped
SHELL := /bin/bash
.DEFAULT_GOAL := build
export JAVA_HOME := $(shell ./weir --jdk)
MVN ?= mvn -B -q
SKIPS := target/skipped.txt
FLOODS := Http2AttacksTest,Http2StallsTest

.PHONY: help build run test fuzz flood drift kill test-kube check fmt crds images bench bench-control soak clean jdk

help: ## this text
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

jdk:
	@[ -n "$$JAVA_HOME" ] || ./weir --jdk > /dev/null

build: jdk ## compile and package, without tests
	$(MVN) package -DskipTests
	@[ -f proxy/target/proxy.aot ] && [ -z "$$(find proxy/target/proxy.jar proxy/target/lib -newer proxy/target/proxy.aot)" ] || \
	  deploy/train ./weir proxy/target/proxy.aot

run: build ## the embedded default: curl localhost:8080, stop with Ctrl-C
	@./weir demo

check: jdk ## formatting and static checks
	$(MVN) spotless:check test-compile

fmt: jdk ## format the sources
	$(MVN) spotless:apply

crds: jdk ## regenerate crds/loadbalancers.weir.dev.yaml and its schema from the types
	$(MVN) test -pl crds -Dcrd.update=true -Dtest=CrdFileTest

test: jdk ## all tests that this machine can run
	@mkdir -p target && rm -f $(SKIPS) && touch target/started
	@status=0; WEIR_SKIPS=$(CURDIR)/$(SKIPS) mvn -B spotless:check verify -Dweir.test.archive=true || status=$$?; \
	  ./test/skipped $(SKIPS) target/started || status=1; exit $$status

fuzz: jdk ## the HTTP/1 parsers against random messages; FUZZ_SECONDS=300 FUZZ_SEED=…
	$(MVN) verify -pl proxy -am -Dtest=ParserFuzzTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dfuzz.seconds=$(or $(FUZZ_SECONDS),300) $(if $(FUZZ_SEED),-Dfuzz.seed=$(FUZZ_SEED))

drift: jdk ## a million random events through the controller's increments; DRIFT_EVENTS=1000000
	$(MVN) test -pl controller -am -Dtest=DriftTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dweir.drift.events=$(or $(DRIFT_EVENTS),1000000)
flood: jdk ## the attacks on HTTP/2, each for FLOOD_SECONDS=600, FLOOD_AT_ONCE=8 of them; FLOOD=Http2AttacksTest\#…
	@rm -f proxy/target/flood.txt
	$(MVN) test -pl proxy -am -Dtest='$(or $(FLOOD),$(FLOODS))' -Dsurefire.failIfNoSpecifiedTests=false -Dtest.forks=1 \
	  -Dweir.flood.seconds=$(or $(FLOOD_SECONDS),600) -Djunit.jupiter.execution.parallel.enabled=true \
	  -Djunit.jupiter.execution.parallel.mode.default=concurrent -Djunit.jupiter.execution.parallel.config.strategy=fixed \
	  -Djunit.jupiter.execution.parallel.config.fixed.parallelism=$(or $(FLOOD_AT_ONCE),8); \
	  status=$$?; cat proxy/target/flood.txt; exit $$status

kill: jdk ## controllers, proxies and the API server killed and stopped: a thousand resources, two minutes of outage
	$(MVN) test -pl controller -am -Dtest=KillTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dweir.kill.resources=1000 -Dweir.kill.outage=120 -Dweir.kill.catch-up=5

test-kube: build ## the controller against a real Kubernetes (test/kube), with a node where it runs as root
	./test/kube/run

soak: jdk ## a minute of configuration changes under 5,000 requests/s and 500 WebSockets, and of certificates under TLS; gcc, python3
	@python3 -B -c 'import sys; sys.path.insert(0, "bench"); from harness import machine; machine.build_tools()'
	$(MVN) test -pl proxy,controller -am -Dtest=TlsChangesTest,ChangesUnderLoadTest,ManyChangesTest -Dsurefire.failIfNoSpecifiedTests=false -Dtest.forks=1 -Dweir.soak.seconds=60 \
	  -Dweir.soak.rate=5000 -Dweir.soak.sockets=500 -Dweir.soak.tools=$(CURDIR)/target/bench

images: ## weir/proxy:dev and weir/controller:dev
	docker build -f Dockerfile.proxy -t weir/proxy:dev .
	docker build -f Dockerfile.controller -t weir/controller:dev .

bench: build ## beside HAProxy, nginx, Envoy, Traefik; ROWS="small idle" ROUNDS=3 SECONDS=5 (bench/run --help)
	./bench/run --rows "$(ROWS)" --rounds $(or $(ROUNDS),3) --seconds $(or $(SECONDS),5)

bench-control: build ## the control plane against a real API server (test/kube); CONTROL="-Dbench.present=3000"
	./bench/control $(CONTROL)

clean: ## remove what was built
	rm -rf target */target
