# Care: the build check of its data, and the long forms of its tests.

.PHONY: check-care pace-care care-data care-stamp

check-care: $(VENV)/.dev  ## every item has a source, a date and an evidence label
	$(BIN)/python tools/check_care.py

# Five minutes of real time, on the command line and on the screen: every beat within 50 ms.
pace-care: $(VENV)/.dev
	HAVEN_PACE_SECONDS=300 $(BIN)/python -m pytest tests/care/test_pacing.py tests/ui/test_pace.py \
		-q -s -k "real_time or keeps_the_beat"

# After a new domain collection (DOMAIN=../shared/domain): makes the two generated files anew.
DOMAIN ?= ../shared/domain
care-data: $(VENV)/.dev
	$(BIN)/python tools/care_data.py $(DOMAIN)

# After a text of the library was changed: its date, version and hashes (data/pack.json) anew.
care-stamp: $(VENV)/.dev
	$(BIN)/python tools/care_pack.py stamp
