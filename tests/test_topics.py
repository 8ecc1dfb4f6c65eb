"""One rule for the topics a person folds: what it finds and, as important, what it leaves alone."""

from __future__ import annotations

import pytest

from havenclient import topics


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loss", "a great loss"),
        ("loss", "LOSSES, of many kinds"),
        ("abuse", "he was an abuser, and was abused"),
        ("Verlust", "die Verlustangst am Abend"),
        ("смерть", "о смерти? нет: смерть"),
        ("рак", "после рака"),
        ("café", "in the cafe"),
        ("cafe", "at the Cafe\u0301"),
        ("Müller", "frau MULLER kam"),
        ("Łódź", "back in lodz"),
        ("straße", "on that STRASSE"),
        ("self-harm", "about self harm"),
        ("self harm", "it was self-harming"),
        ("eating less", "about eating\nless"),
        ("panic attack", "two panic attacks"),
        ("eat", "eat, eats, eating"),
        ("eat", "have you eaten?"),
        ("die", "she died"),
        ("ill", "my illness"),
        ("war", "two wars"),
        ("東京", "昨日東京にいた"),
        ("喪失", "大きな喪失の話"),
        ("がん", "父のがんのこと"),
        ("猫", "私の猫です"),
        ("ความตาย", "เรื่องความตายของแม่"),
        ("죽음", "그의 죽음을 보고"),
        ("मृत्यु", "उसकी मृत्यु के बाद"),
        ("موت", "بعد الموت"),
        ("מוות", "אחרי המוות"),
        ("💊", "took 💊 again"),
        ("c++ (old)", "about c++ (old) code"),
    ],
)
def test_a_topic_folds(topic: str, text: str) -> None:
    assert topics.matching([topic], None, text) == [topic]


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loss", "the glossy floss, a glossary"),
        ("eat", "great weather, and the theatre beats"),
        ("war", "a warm afternoon, aware of it"),
        ("die", "a diet with dietary fibre, and diesel"),
        ("rat", "rather a ratio"),
        ("panic attack", "panic, then an attack"),
        ("eating less", "eating lots, less often"),
        ("がん", "かんたんな話"),
        ("東京", "京の東"),
        ("loss", ""),
        ("", "anything"),
        ("   ", "anything"),
        ("!!", "what!!"),
        (".*", "anything at all"),
    ],
)
def test_a_topic_leaves_alone(topic: str, text: str) -> None:
    assert topics.matching([topic], None, text) == []


def test_several_texts_never_grow_together() -> None:
    assert topics.matching(["panic attack"], "panic", "attack") == []
    assert topics.matching(["a", "loss", "food"], "food and loss", None) == ["loss", "food"]


def test_a_topic_with_nothing_to_find_is_known_as_such() -> None:
    assert topics.findable("悲") and topics.findable("💊") and not topics.findable("?!")
