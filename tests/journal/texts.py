"""Texts in many scripts, and how hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

SAMPLES = (
    "Łódź, Kraków i Gdańsk: zażółć gęślą jaźń",
    "Straße, Größe, Fußgänger; naïve café",
    "Ærø, Œuvre, Þingvellir, đường phố, ħobża, İstanbul'da ısı",
    "東京に行く。日記を書いた、ガラスとは",
    "我今天很高兴,明天去上海",
    "오늘은 비가 왔다",
    "สวัสดีครับ วันนี้ฝนตก",
    "ລາວ ສະບາຍດີ",
    "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",
    "မြန်မာစာ ရေးတယ်",
    "हिन्दी में लिखा, क़लम और ज़िंदगी",
    "বাংলা ভাষা, தமிழ் மொழி, తెలుగు",
    "أَهْلًا وَسَهْلًا، كتبتُ يوميّاتي",
    "שָׁלוֹם עולם, היום",
    "Сегодня шёл дождь, ёлка",
    "Ἀθῆναι καὶ Ὅμηρος, ς Σ",
    "ދިވެހި ބަސް",
    "🌧️ 👩‍👩‍👧 👍🏽 🇯🇵 ❤️ then ☀",
    'don\'t c++ a:b -x (NEAR) "quoted" 50% #tag @you foo_bar 3.14 e-mail',
    "cafe\u0301 か\u3099 ﬁne ½ ™ Ⅷ x² fullwidth ＡＢＣ",
    "tag:family mood:>=3 AND OR NOT NEAR( * ^ {} [] \\",
)

ALPHABET = sorted(set("".join(SAMPLES)))
"""Letters of all the samples: words that mix scripts come from here too."""

words = st.text(alphabet=ALPHABET, min_size=1, max_size=8)
texts = st.one_of(
    st.sampled_from(SAMPLES),
    st.lists(words, min_size=1, max_size=12).map(" ".join),
    st.text(min_size=1, max_size=60),
)
