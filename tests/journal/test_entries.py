from havenclient.journal import *


def test_roundtrip(journal, clock):
    a = journal.add(
        "# Slow morning\n\nWalking to the river first. 東京 Łódź", mood=4, tags=["family", "#rain"]
    )
    clock.go(minutes=3)
    b = journal.add("grief words by the river", note="grief")
    assert journal.get(a.id[:8]) == a
    p = journal.find(Query(words=("river",)), count=True)
    assert [r.id for r in p.rows] == [b.id, a.id], p
    assert p.rows[0].title == "" and p.rows[1].title == "Slow morning"
    print(p.rows[1])
    assert [r.id for r in journal.find(Query(words=("lod",))).rows] == [a.id]
    assert [
        r.id for r in journal.find(Query(words=("東",), tags=("FAMILY",), mood_min=3)).rows
    ] == [a.id]
    assert [r.id for r in journal.find(Query(tags=("family",))).rows] == [a.id]
    assert [r.id for r in journal.find(Query(without_tags=("family",))).rows] == [b.id]
    assert [r.id for r in journal.find(Query()).rows] == [b.id, a.id]
    e = journal.edit(a.id, body="other text", tags=["family"])
    assert e.version == 2
    assert journal.edit(a.id, body="other text").version == 2
    assert journal.find(Query(words=("slow",))).rows == ()
    assert journal.tags() == [("family", 1)]
    assert [v.number for v in journal.history(a.id)] == [2, 1]
    assert journal.restore_version(a.id, 1).body.startswith("# Slow")
    journal.bin(b.id)
    assert [r.id for r in journal.find(Query(words=("river",))).rows] == [a.id]
    assert [r.id for r in journal.find(Query(words=("river",), binned=True)).rows] == [b.id]
    journal.unbin(b.id)
    journal.purge(a.id)
    assert [r.id for r in journal.find(Query(words=("river",))).rows] == [b.id]
    journal.save_draft(Draft("new", "x", clock.now(), tags=("a",)))
    assert journal.draft("new").body == "x"
    assert journal.journals()[0].entries == 1
