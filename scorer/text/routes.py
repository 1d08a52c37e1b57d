"""Ways out that an answer offers: a person to reach, a review, an appeal, a period, an authority. Pure.

Shared by human control and the rule packs' detectors.
"""

import re

from scorer.text.phrases import Phrases
from scorer.text.reading import Reading, Span

_CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|(?<![\w/.-])(?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){5,14}(?![\w/-])"
    r"|https?://[^\s)]{4,200}"
)
_HANDOVER = Phrases(
    """
    passed your chat; passed you to; pass you to; passing you to; connect you; connecting you; connected you;
    transfer you; transferring you; transferred you; put you through; hand you over; handing you over; handed over
    to; escalated to; escalate this; escalating this; will call you; will contact you; will get back to you; call
    you back; a colleague will; an agent will; a supervisor; a case officer; a human agent; a member of our; someone
    from our; visit our office; visit the office; speak to our; speak with our; contact our; contact the; call our;
    you can call; you can reach; reach us; reach our; write to; helpline; raise a ticket; raised a ticket; request a
    callback
    """.replace("\n", " ").split(";")
)
_REVIEW = Phrases(
    """
    internal review; human review; ask for a review; request a review; ask for it to be reviewed; appeal; appeals;
    first appeal; appellate; reconsider*; reconsideration; ombudsman; complain to; make a complaint; lodge a
    complaint; file a complaint; complaints procedure; contest; challenge this; challenge the; object to; grievance;
    tribunal; information commissioner*; reviewed by a person; speak to a person about
    """.replace("\n", " ").split(";")
)
_REVIEW_DENIED = re.compile(
    r"\b(?:no|not|cannot|can't|without)\b[^.\n]{0,20}\b(?:right of |right to )?(?:appeal|review|contest|challenge"
    r"|be reviewed)\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:within|in|after|by)\s(?:the\s(?:next\s)?)?(?:\d{1,3}|one|two|three|four|five|six|seven|ten|fourteen"
    r"|fifteen|twenty"
    r"|twenty-eight|thirty|forty|forty-five|sixty|ninety)\s?\)?\s?(?:\(\d{1,3}\)\s)?(?:calendar\s|working\s"
    r"|business\s)?"
    r"(?:hours?|days?|weeks?|months?)\b",
    re.IGNORECASE,
)


def find_contact(response: Reading) -> Span | None:
    """Return the handover or contact route that the answer offers, or None."""
    handover = _HANDOVER.first(response)
    if handover is not None:
        return handover
    match = _CONTACT.search(response.text)
    return Span(match.start(), match.end(), match.group()) if match else None


def find_review(response: Reading) -> Span | None:
    """Return the words that offer a review or an appeal, or None; "no right of appeal" offers none."""
    found = _REVIEW.first(response)
    if found is not None and _REVIEW_DENIED.search(response.text):
        return None
    return found


def find_period(response: Reading) -> Span | None:
    """Return the period that the answer names (`within 30 days`), or None."""
    match = _PERIOD.search(response.text)
    return Span(match.start(), match.end(), match.group()) if match else None
