"""Words that say the opposite of one another, by their stems. Pure data, written for this project."""

from typing import Final

from scorer.text.tokens import normalise

_PAIRS: Final = """
increase/decrease,reduce,decline,fall,drop,shrink rise/fall,drop,decline,decrease grow/shrink,decline gain/lose
higher/lower more/less,fewer most/least,fewest largest/smallest larger/smaller biggest/smallest longer/shorter
longest/shortest highest/lowest maximum/minimum greater/less,smaller,fewer older/younger oldest/youngest
earlier/later early/late before/after above/below over/under first/last begin/end,finish,stop start/end,finish,stop
open/close accept/reject,refuse,deny,decline allow/prohibit,forbid,ban,prevent permit/prohibit,forbid,ban,refuse
approve/reject,refuse,deny grant/refuse,deny,reject include/exclude present/absent success/failure succeed/fail
win/lose agree/disagree legal/illegal lawful/unlawful valid/invalid true/false possible/impossible public/private
free/paid,chargeable mandatory/optional,voluntary compulsory/optional,voluntary required/optional,exempt
exempt/liable,required always/never,sometimes all/none,some,few many/few everyone/nobody,none male/female man/woman
men/women boy/girl husband/wife son/daughter brother/sister father/mother north/south east/west northern/southern
eastern/western upper/lower left/right positive/negative safe/unsafe,dangerous harmful/harmless,beneficial
effective/ineffective improve/worsen better/worse best/worst strong/weak fast/slow hot/cold warm/cold,cool
rich/poor easy/difficult,hard cheap/expensive guilty/innocent alive/dead born/died buy/sell import/export
enter/leave,exit arrive/depart,leave appoint/dismiss,remove temporary/permanent voluntary/compulsory
support/oppose love/hate remember/forget confirm/deny admit/deny sufficient/insufficient adequate/inadequate
central/state national/international urban/rural internal/external direct/indirect single/married credit/debit
surplus/deficit income/expenditure profit/loss asset/liability majority/minority simple/complex
"""


def _read() -> dict[str, frozenset[str]]:
    opposites: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        word, _, others = pair.partition("/")
        for other in others.split(","):
            one, two = normalise(word), normalise(other)
            if one and two and one != two:
                opposites.setdefault(one, set()).add(two)
                opposites.setdefault(two, set()).add(one)
    return {word: frozenset(others) for word, others in opposites.items()}


OPPOSITES: Final = _read()
"""Stem → stems that say the opposite."""
