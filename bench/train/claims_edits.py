"""False statements made of true ones by rule: a changed number, date, unit, name, order, word or denial. Pure, seeded.

An edit alone would teach that edited-looking claims are false. So numbers and names are also changed in claim and
evidence alike, which leaves a true pair true.
"""

import random
import re
from collections.abc import Callable, Sequence

from scorer.text.tokens import WORD

NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]|\.\d)")
PROVISION = re.compile(r"\b(section|article|rule|clause|paragraph|chapter|part)\s+(\d+)", re.IGNORECASE)
NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-zA-Z]+(?: (?:of |the |de |van )?[A-Z][a-zA-Z]+){0,3}\b")
VERB = re.compile(r"\b(is|are|was|were|has|have|had|will|can|could|should|may|must|would)\b(?! not)")
DENIAL = re.compile(r"\b(is|are|was|were|has|have|had|will|could|should|must|would|did|does|do)(?: not|n't)\b")
WORD_GROUPS = tuple(
    tuple(line.split())
    for line in """
    January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    hours days weeks months years decades
    hour day week month year decade
    hundred thousand million billion
    thousand lakh crore
    two three four five six seven eight nine ten
    first second third fourth fifth
    kilometres miles metres
    north south east west
    northern southern eastern western
    brother sister father mother son daughter
    """.strip().splitlines()
)
_REVERSED = """
    increase/decrease increased/decreased rise/fall rose/fell rising/falling higher/lower more/less largest/smallest
    larger/smaller longer/shorter older/younger earlier/later before/after above/below over/under most/least
    first/last won/lost win/lose accepted/rejected approved/rejected allowed/banned includes/excludes always/never
    all/some many/few every/no both/neither male/female man/woman men/women husband/wife left/right public/private
    best/worst better/worse highest/lowest early/late began/ended opened/closed bought/sold supported/opposed
    born/died success/failure successful/unsuccessful maximum/minimum positive/negative legal/illegal must/may
"""
OPPOSITES = dict(pair.split("/") for pair in _REVERSED.split())
OPPOSITES |= {second: first for first, second in OPPOSITES.items()}


def changed_number(text: str, rng: random.Random) -> str:
    """Return a number of the same look and another value."""
    plain = text.replace(",", "")
    if "." in plain:
        whole, _, part = plain.partition(".")
        new = f"{max(0, int(whole) + rng.choice((-2, -1, 1, 2, 3)))}.{part}"
    else:
        value = int(plain)
        steps = (1, 2, 3, 5, 10) if value >= 20 else (1, 2, 3)
        is_large = value >= 100 and not 1000 <= value <= 2100
        step = rng.choice((value // 10, value // 4, value)) if is_large and rng.random() < 0.6 else rng.choice(steps)
        new = str(value + step if value <= step or rng.random() < 0.5 else value - step)
    return f"{int(new):,}" if "," in text and "." not in new else new


def change_number(claim: str, evidence: str, rng: random.Random) -> str | None:
    """Return the claim with one number changed to one that the evidence does not hold."""
    found = list(NUMBER.finditer(claim))
    if not found:
        return None
    one = rng.choice(found)
    new = changed_number(one.group(), rng)
    return None if new in evidence else claim[: one.start()] + new + claim[one.end() :]


def change_provision(claim: str, evidence: str, rng: random.Random) -> str | None:
    """Return the claim with the number of a section or the like changed."""
    one = PROVISION.search(claim)
    if one is None:
        return None
    new = changed_number(one.group(2), rng)
    return None if new in evidence else claim[: one.start(2)] + new + claim[one.end(2) :]


def change_word(claim: str, _evidence: str, rng: random.Random) -> str | None:
    """Return the claim with a month, unit, numeral or direction replaced by another of its kind."""
    spots = [(one, group) for one in WORD.finditer(claim) for group in WORD_GROUPS if one.group() in group]
    if not spots:
        return None
    one, group = rng.choice(spots)
    new = rng.choice([word for word in group if word != one.group()])
    return claim[: one.start()] + new + claim[one.end() :]


def reverse_word(claim: str, _evidence: str, rng: random.Random) -> str | None:
    """Return the claim with a comparative or another word turned to its opposite."""
    spots = [one for one in WORD.finditer(claim) if one.group() in OPPOSITES]
    if not spots:
        return None
    one = rng.choice(spots)
    return claim[: one.start()] + OPPOSITES[one.group()] + claim[one.end() :]


def change_name(claim: str, evidence: str, rng: random.Random) -> str | None:
    """Return the claim with a name replaced by another of the evidence."""
    own = list(NAME.finditer(claim))
    others = sorted({one.group() for one in NAME.finditer(evidence)} - {one.group() for one in own})
    others = [name for name in others if name not in claim]
    if not own or not others:
        return None
    one = rng.choice(own)
    same_length = [name for name in others if len(name.split()) == len(one.group().split())]
    new = rng.choice(same_length or others)
    return None if one.group() in new else claim[: one.start()] + new + claim[one.end() :]


def swap_names(claim: str, _evidence: str, rng: random.Random) -> str | None:
    """Return the claim with two of its names in each other's place: who did what to whom."""
    own = [one for one in NAME.finditer(" " + claim) if len(one.group()) > 2]  # the space lets the first word count
    own = [one for one in own if one.group() != own[0].group()][:1] and [own[0], rng.choice(own[1:])]
    if not own or own[0].group() == own[1].group():
        return None
    first, second = own
    text = " " + claim
    middle = text[first.end() : second.start()]
    if re.fullmatch(r",? (?:and|or) |, ", middle):
        return None  # the order of a list says nothing
    return (text[: first.start()] + second.group() + middle + first.group() + text[second.end() :])[1:]


def deny(claim: str, _evidence: str, rng: random.Random) -> str | None:
    """Return the claim denied, or freed of its denial."""
    denial = DENIAL.search(claim)
    if denial:
        return claim[: denial.end(1)] + claim[denial.end() :]
    found = list(VERB.finditer(claim))
    if not found:
        return None
    one = rng.choice(found)
    return claim[: one.end()] + " not" + claim[one.end() :]


Edit = Callable[[str, str, random.Random], str | None]
EDITS: Sequence[Edit] = (
    change_number, change_provision, change_word, reverse_word, change_name, swap_names, deny,
)  # fmt: skip


def contradict(claim: str, evidence: str, rng: random.Random) -> str | None:
    """Return the claim with one edit that makes it false, the kinds with equal say; None when none applies."""
    for edit in rng.sample(EDITS, len(EDITS)):
        edited = edit(claim, evidence, rng)
        if edited is not None and edited != claim:
            return edited
    return None


def change_alike(claim: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
    """Return claim and evidence with one number or name that both hold replaced by the same other one."""
    shared = [one.group() for one in NUMBER.finditer(claim) if one.group() in NUMBER.findall(evidence)]
    if not shared:
        return None
    old = rng.choice(shared)
    new = changed_number(old, rng)
    pattern = re.compile(rf"(?<![\w.,]){re.escape(old)}(?![\w,]|\.\d)")
    return (pattern.sub(new, claim), pattern.sub(new, evidence)) if new not in evidence else None


def add_detail(claim: str, other: str, rng: random.Random) -> str | None:
    """Return the claim with the end of another statement joined to it."""
    words = other.rstrip(" .").split()
    if not 5 <= len(words) <= 40:
        return None
    tail = words[-rng.randint(3, min(9, len(words) - 1)) :]
    return f"{claim.rstrip(' .')}, {rng.choice(('and', 'while', 'with', 'as'))} {' '.join(tail)}."
