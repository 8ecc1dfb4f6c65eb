# The relay: long forms of its tests, its comparison with others, and a soak. All on loopback.

.PHONY: torture-relay bench-relay soak-relay relay-openapi

# 500 rounds of SIGKILL under load, thousands of power cuts, long histories, timing of refusals.
torture-relay: $(VENV)/.dev
	HAVEN_RELAY_KILLS=500 HAVEN_RELAY_CUTS=5000 HAVEN_RELAY_FUZZ=5000 HAVEN_RELAY_CAMPAIGN=1 \
	  $(BIN)/python -m pytest tests/relay -q -p no:cacheprovider

# Own relay and real peers side by side; peers go into a throw-away environment. About 15 minutes.
bench-relay: $(VENV)/.dev
	$(BIN)/python -m benchmarks.relay

# One hour of mixed load (HAVEN_SOAK_SECONDS); memory must stay flat and files bounded.
soak-relay: $(VENV)/.dev
	$(BIN)/python -m benchmarks.relay.soak

# After a change to the interface: write docs/relay-openapi.json anew.
relay-openapi: $(VENV)/.dev
	$(BIN)/python -c 'import json; from havenclient.relay.openapi import document; \
	  print(json.dumps(document(), indent=1, ensure_ascii=False))' > docs/relay-openapi.json
