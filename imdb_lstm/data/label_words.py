"""Values and words of labels whose meaning is known, in several languages."""

# Pairs of values whose meaning depends on each other: 1 is good beside 0, and bad beside 2.
VALUE_PAIRS = (("0", "1"), ("-1", "1"), ("0", "4"), ("1", "2"), ("false", "true"), ("f", "t"),
               ("n", "y"), ("no", "yes"))  # fmt: skip
NEGATIVE_WORDS = frozenset((
    "neg", "negative", "bad", "poor", "dislike", "disliked", "unhappy", "down", "rotten",
    "unfavorable", "unfavourable", "negativ", "schlecht", "négatif", "negatif", "mauvais",
    "negativo", "negativa", "malo", "ruim", "cattivo", "negatief", "slecht", "negatywny",
    "отрицательный", "негативный", "плохо", "负面", "差评", "消极", "負面", "否定的",
    "ネガティブ", "부정", "سلبي", "नकारात्मक", "olumsuz",
))  # fmt: skip
POSITIVE_WORDS = frozenset((
    "pos", "positive", "good", "great", "like", "liked", "happy", "up", "fresh", "favorable",
    "favourable", "positiv", "gut", "positif", "bon", "positivo", "positiva", "bueno", "bom",
    "buono", "positief", "goed", "pozytywny", "положительный", "позитивный", "хорошо", "正面",
    "好评", "积极", "積極", "肯定的", "ポジティブ", "긍정", "إيجابي", "सकारात्मक", "olumlu",
))  # fmt: skip
NEUTRAL_WORDS = frozenset((
    "neutral", "neu", "mixed", "average", "so-so", "neutro", "neutra", "neutre", "neutraal",
    "neutralny", "нейтральный", "нейтрально", "中性", "中立", "중립", "محايد", "तटस्थ", "nötr",
))  # fmt: skip
KINDS = (NEGATIVE_WORDS, NEUTRAL_WORDS, POSITIVE_WORDS)
