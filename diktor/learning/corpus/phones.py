"""The Montreal Forced Aligner's Russian phones (dictionary russian_mfa 3.1.0) as the source speech calls them.

A doubled letter is palatalised, a vowel with 0 is unstressed. MFA's ɣ is the г of ага and Бог, which is a fricative in
healthy speech too: it is no г to edit, but an х.
"""

_DENTAL, _LONG, _SOFT = "\u032a", "ː", "ʲ"

_PLAIN = {
    **{name: name for name in "aeioubdfjkmnprstvz"},
    **dict(zip("æɛɵʉɨɐəɪʊ", ("a", "e", "o", "u", "y", "a0", "a0", "i0", "u0"), strict=True)),
    **dict(zip("ɡɣɫxʂʐɕʑ", ("g", "h", "l", "h", "sh", "zh", "sch", "zh"), strict=True)),
    **dict(zip("cçɟɲʎ", ("kk", "hh", "gg", "nn", "ll"), strict=True)),
    **{"ts": "c", "dz": "c", "tɕ": "ch", "tʂ": "ch", "dʐ": "ch"},
}


def phone(name: str) -> str | None:
    """The source speech's name of MFA's phone; None for what is none of its Russian ones."""
    short = name.replace(_DENTAL, "").replace(_LONG, "")
    plain = _PLAIN.get(short.replace(_SOFT, ""))
    return plain and (2 * plain if _SOFT in short and len(plain) == 1 and plain != "c" else plain)
