"""Abuse: slurs, insults, threats, swearing at somebody; and demeaning talk of groups. Pure, English.

Words and a trained model are joined, sentence by sentence; groups are masked, so that none weighs more than another.
What is quoted, negated or attributed ("it is wrong to call them …") weighs less. Figures: `docs/models.md`.
"""

import re
from dataclasses import dataclass, replace

from scorer.text.classifier import load_classifier
from scorer.text.normalise import join_spaced_letters, undo_leetspeak
from scorer.text.phrases import Phrases
from scorer.text.reading import Reading, Span

_SLURS = Phrases(
    """
    nigg*; faggot*; fag; fags; kike*; chink; chinks; spic; spics; wetback*; raghead*; towelhead*; tranny; trannies;
    jihadi*; rapefugee*; shemale*; mongs; camel fucker*; camelfucker*;
    dyke; dykes; retard; retards; retarded; gook*; coon; coons; paki; pakis; cracker*; beaner*; wop; wops; gypo*;
    cripple; cripples; mong; sand nigger; trailer trash; white trash; whore*; slut*; cunt*; hoe; hoes; bitch;
    bitches; towel head; muzzie*; libtard*
    """.replace("\n", " ").split(";")
)
_SWEARING = Phrases(
    """
    fuck*; motherfuck*; bullshit; asshole*; arsehole*; shithead*; dickhead*; bastard*; twat*; wanker*; prick;
    pricks; dumbass*; jackass*; douche*; pussy; pussies; shit; shitty; piss off; damn you; screw you; shut up
    """.replace("\n", " ").split(";")
)
_INSULTS = Phrases(
    """
    scum; vermin; filth; filthy; subhuman*; parasite*; cockroach*; vile; disgust*; repulsive; worthless; moron*;
    idiot*; imbecile*; trash; inferior; savages; barbaric; barbarian*; animals; monkeys; pigs; dogs; rats; plague;
    cancer; leeches; degenerate*; stupid; dumb; evil; dirty; lazy; criminals; thieves; terrorists; rapists; liars;
    freaks; abominat*; unnatural; perver*; deviant*; mentally ill; sick in the head; no better than; deserve to;
    should be deported; should be shot; should die; must die; don't belong; do not belong; go back to; get out of
    our; are ruining; are destroying; are taking over; should not exist; are a threat; are a disease; are a
    disgrace; are all the same; are the worst; can't stand; i hate; we hate; hate all; detest; drain on society;
    drain on the; are not human; aren't human; not real people; should be illegal; should be banned; should be
    locked; wiped out; wipe out; exterminat*; eradicat*; gas all; kill all; kill every; strangle; beat up; burn in
    hell; rot in hell; less than human; ugly; greedy; dishonest; untrustworthy; dangerous; violent; incapable; can't
    be trusted; cannot be trusted; never be trusted
    """.replace("\n", " ").split(";")
)
_THREATS = Phrases(
    """
    i will kill; i'll kill; we will kill; gonna kill; i will hurt; i'll hurt; i will find you; you will die; i hope
    you die; kill yourself; kys; deserve to die; ought to be killed; should be killed; should be hanged; watch your
    back
    """.replace("\n", " ").split(";")
)
GROUPS = Phrases(
    """
    heterosexual*; protestant*; taoist*; millenial*; middle aged;
    women; woman; females; girls; girl; men; males; gays; gay; lesbian; lesbians; homosexual*; bisexual*; trans;
    transgender*; transsexual*; queer; queers; lgbt*;
    blacks; black man; black men; black woman; black women; black lives; white people; whites; asians; asian; african*;
    latino*; latina*; hispanic*; mexican*; chinese; indian; indians; pakistani*; arab; arabs; arabic; jews; jew;
    jewish; muslim; muslims; islam; hindu; hindus; christian; christians; catholic; catholics; sikh; sikhs;
    buddhist*; atheist*; immigrant*; migrant*; refugee*; foreigner*; disabled; disabilit*; mentally ill; autistic;
    blind people; deaf people; native american*; indigenous; dalit; dalits; brahmin*; adivasi*; elderly; old people;
    young people; teenagers; boomers; millennials; poor people; homeless; european*; american; americans; russian*;
    japanese; korean*; turkish; turks; roma; gypsies; canadian*; nigerian*; middle eastern; aboriginal*; lower
    caste*; upper caste*; asexual*; nonbinary; non-binary; overweight people; fat people; trans people; trans person;
    gay people; gay person; gay man; gay men; disabled people; disabled person; black person; black people; muslim
    person; muslim people; immigrant people; mental disability; physical disability; mentally disabled; physically
    disabled; latinx; folks with; blind; deaf; paralyzed; paralysed; older people; older; younger
    """.replace("\n", " ").split(";")
)
_ATTRIBUTES = Phrases(
    """
    said; says; wrote; quote; quoted; according to; it is wrong to; it's wrong to; is wrong; is not true; isn't
    true; stereotype*; myth; prejudice*; no one should; nobody should; you should not; you shouldn't; should never;
    must not; unacceptable; offensive; hateful; discriminat*; racist; sexist; homophobic; transphobic; misogyn*;
    hate crime*; hate speech; false that; not all; never say; don't say; statements like; people who say; are
    called; was called; history of; victims; slaughter*; film; movie; novel; the word; the term; banned
    """.replace("\n", " ").split(";")
)
_NEGATIONS = frozenset(
    {"not", "no", "never", "isn't", "aren't", "nobody", "wasn't", "don't", "doesn't", "without", "cannot"}
)
MODEL = "hate"
_GOES_ON = re.compile(r"(?:\S+ ){0,5}(?:they|them|their|theirs|they're|you|he|him|his|she|her|it|its)\b", re.IGNORECASE)
"""A sentence that speaks of what the one before it named."""
FOLLOWING_CHARACTERS = 200
"""Length up to which a sentence that goes on is read together with the one before it."""
_GROUP_MASK, _SLUR_MASK = "xgroup", "xslur"
_CUES = (GROUPS, _SLURS, _THREATS, _SWEARING, _INSULTS)
_NAMED = GROUPS | _SLURS
_ANY_CUE = _NAMED | _THREATS | _SWEARING | _INSULTS
DEMEANING = "demeaning words beside a group"
"""Why an abuse is one that needs no rude word."""
NEGATION_WORDS = 3
"""How far before a word its negation may stand."""


@dataclass(frozen=True, slots=True)
class Abuse:
    """One abusive sentence."""

    span: Span
    """The words."""
    probability: float
    why: str
    names_group: bool = False
    """Whether the sentence names a protected group."""


def find_abuse(response: Reading) -> tuple[Abuse, ...]:
    """Return how abusive the sentences are that have a cue: a rude word or a group; one entry each, in order.

    A sentence without either is not looked at. The probability is the rules' and a trained model's, joined.
    """
    whole = Reading(plain) if (plain := _plain_letters(response.text)) != response.text else response
    if not _ANY_CUE.is_in(whole):
        return ()
    model, found = load_classifier(MODEL), []
    sentences = response.sentences
    for n, sentence in enumerate(sentences):
        reading = Reading(_plain_letters(sentence.text))
        cue = next((place for phrases in _CUES if (place := phrases.first(reading)) is not None), None)
        if cue is None:
            continue
        rule = _in_sentence(reading)
        weight = rule.probability if rule else 0.0
        probability = model.probability(_masked(reading), weight)
        following = sentences[n + 1].text if n + 1 < len(sentences) else ""
        if _GOES_ON.match(following) and len(following) <= FOLLOWING_CHARACTERS:
            both = f"{sentence.text} {following}"
            probability = max(probability, model.probability(mask_groups(both), weight))
        span = rule.span if rule else cue
        moved = Span(sentence.start + span.start, sentence.start + span.end, span.text)
        place = moved if reading.text == sentence.text else sentence  # in other letters its place would be another
        found.append(Abuse(place, probability, rule.why if rule else DEMEANING, mentions_group(reading)))
    return tuple(found)


def _plain_letters(text: str) -> str:
    """The text without two ways to hide a word from a reader of words: letters apart, and signs for letters."""
    return undo_leetspeak(join_spaced_letters(text))


def mentions_group(response: Reading) -> bool:
    """Say whether a protected group is named."""
    return _NAMED.is_in(response)


def abuse_rule(text: Reading) -> float:
    """Return what abusive words alone say of a text, 0 to 1: its worst sentence."""
    rules = (_in_sentence(Reading(_plain_letters(sentence.text))) for sentence in text.sentences)
    return max((rule.probability for rule in rules if rule), default=0.0)


def mask_groups(text: str) -> str:
    """Return the text with groups and slurs named alike, so that a model cannot learn which group is spoken of."""
    return _masked(Reading(_plain_letters(text)))


def _masked(reading: Reading) -> str:
    text, free = reading.text, 0
    pieces: list[str] = []
    places = [(s.start, s.end, _GROUP_MASK) for s in GROUPS.find(reading)]
    places += [(s.start, s.end, _SLUR_MASK) for s in _SLURS.find(reading)]
    for start, end, mask in sorted(places):
        if start >= free:
            pieces += [text[free:start], mask]
            free = end
    return "".join((*pieces, text[free:]))


def _in_sentence(sentence: Reading) -> Abuse | None:
    """What the words alone say; the span is in the sentence."""
    slur, threat, insult = _SLURS.first(sentence), _THREATS.first(sentence), _plain(_INSULTS, sentence)
    has_group, swearing = GROUPS.is_in(sentence), _SWEARING.first(sentence)
    if slur is not None:
        found = Abuse(slur, 0.85, "a slur")
    elif threat is not None:
        found = Abuse(threat, 0.85, "a threat")
    elif insult is not None and has_group:
        found = Abuse(insult, 0.8, DEMEANING)
    elif swearing is not None:
        found = Abuse(swearing, 0.75 if has_group else 0.55, "swearing")
    else:
        return None
    return replace(found, probability=found.probability * 0.5) if _ATTRIBUTES.is_in(sentence) else found


def _plain(phrases: Phrases, sentence: Reading) -> Span | None:
    """The first phrase that no negation stands just before."""
    for span in phrases.find(sentence):
        before = [w for w, place in zip(sentence.folded, sentence.words, strict=True) if place.end <= span.start]
        if _NEGATIONS.isdisjoint(before[-NEGATION_WORDS:]):
            return span
    return None
