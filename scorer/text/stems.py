"""The common stem of a word's forms, so that *disclosed* meets *disclosure*. Pure.

A light suffix stripper in the line of Porter (1980), with American and British spellings made one. It serves matching
only: a stem need not be a word. Words of other scripts are returned as they are.
"""

import re
from functools import lru_cache

_IRREGULAR = {
    form: base
    for base, forms in {
        "arise": "arose arisen", "bear": "bore borne born", "become": "became", "begin": "began begun",
        "bring": "brought", "break": "broke broken", "build": "built", "buy": "bought", "catch": "caught",
        "child": "children", "choose": "chose chosen", "come": "came", "deal": "dealt", "die": "died dying dies",
        "draw": "drew drawn", "drive": "drove driven", "eat": "ate eaten", "fall": "fell fallen", "feel": "felt",
        "fight": "fought", "find": "found", "fly": "flew flown", "foot": "feet", "forget": "forgot forgotten",
        "get": "got gotten", "give": "gave given", "go": "went gone goes", "good": "better best", "grow": "grew grown",
        "hear": "heard", "hide": "hid hidden", "hold": "held", "keep": "kept", "know": "knew known", "lead": "led",
        "leave": "left", "lend": "lent", "lie": "lied lying lies", "life": "lives", "lose": "lost", "make": "made",
        "man": "men", "mean": "meant", "meet": "met", "pay": "paid", "rise": "rose risen", "run": "ran",
        "say": "said", "see": "saw seen", "sell": "sold", "send": "sent", "shoot": "shot", "show": "shown",
        "sing": "sang sung", "sink": "sank sunk", "sit": "sat", "speak": "spoke spoken", "spend": "spent",
        "stand": "stood", "steal": "stole stolen", "swim": "swam swum", "take": "took taken", "teach": "taught",
        "tell": "told", "think": "thought", "throw": "threw thrown", "understand": "understood",
        "wear": "wore worn", "win": "won", "withdraw": "withdrew withdrawn", "woman": "women",
        "write": "wrote written",
        # Derived nouns that no ending leads back to their verb.
        "receive": "receipt receipts", "decide": "decision decisions", "apply": "application applications applicant",
        "expend": "expenditure", "provide": "provision provisions", "permit": "permission permissions",
        "reduce": "reduction reductions", "produce": "production", "inspect": "inspector inspectors",
        "respond": "response responses", "succeed": "success", "arrive": "arrival", "refuse": "refusal",
        "approve": "approval approvals", "describe": "description", "destroy": "destruction",
    }.items()
    for form in forms.split()
}  # fmt: skip
# A final *e* is gone before an ending is looked for, so that *receive* and *received* stay one.
_ENDINGS = (
    ("isation", "iz"), ("ization", "iz"), ("fulness", "ful"), ("iveness", "iv"), ("ousness", "ous"),
    ("ational", "at"), ("ically", "ic"), ("ibility", "ibl"), ("ability", "abl"), ("ication", "y"), ("ement", ""),
    ("ment", ""), ("ation", ""), ("ator", ""), ("ition", ""), ("sion", "s"), ("tion", "t"), ("anc", ""), ("enc", ""),
    ("ancy", ""), ("ency", ""), ("abl", ""), ("ibl", ""), ("ness", ""), ("less", "less"), ("ally", ""), ("ur", ""),
    ("iv", ""), ("ity", ""), ("ant", ""), ("ent", ""), ("ful", ""), ("ous", ""), ("at", ""), ("ly", ""), ("er", ""),
    ("or", ""), ("al", ""), ("ic", ""),
)  # fmt: skip
_VOWEL = re.compile(r"[aeiouy]")
_KEPT_LETTERS = {"ment": 3, "abl": 3, "al": 5, "er": 5, "or": 5, "ic": 5, "at": 5, "ent": 5, "ant": 5}
_KEPT_LETTERS_ELSE = 4
"""A derivational ending goes only where at least this many letters stay: *agent* is no form of *ag*."""


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a word in lower case."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _IRREGULAR.get(word, word)
    word = _without_inflection(_without_plural(word))
    if len(word) < 4:
        return word
    word = word.removesuffix("e")
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _KEPT_LETTERS.get(ending, _KEPT_LETTERS_ELSE):
            word = word[: -len(ending)] + replacement
            break
    return _ended(word)


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_inflection(word: str) -> str:
    for ending in ("ingly", "edly", "ing", "ed"):
        if not word.endswith(ending):
            continue
        root = word[: -len(ending)]
        if len(root) < 2 or not _VOWEL.search(root) or (ending == "ed" and root.endswith("e")):
            return word
        if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
            return root[:-1]
        return root
    return word


def _ended(word: str) -> str:
    if word.endswith("y") and len(word) > 3:
        word = word[:-1] + "i"
    if word.endswith("is") and len(word) > 5:
        word = word[:-1] + "z"
    return word
