"""How likely a request tries to take the bot over: direct prompt injection and jailbreak prompts. Pure.

The rules look for what such prompts *say* (set the rules aside, be somebody without rules, never refuse, answer twice,
show the instructions), on text with hiding tricks undone; length plays no part. Fluent attacks without such words pass
them (about a third of a public list); a trained model takes most of these (`docs/models.md`).
"""

import base64
import binascii
import re

from scorer.text.classifier import load_classifier
from scorer.text.normalise import normalise, undo_leetspeak

MODEL = "injection"
READ_CHARACTERS = 20_000
"""How much of a request is read; its beginning and its end in equal parts."""


def _cue(weight: float, *parts: str) -> tuple[float, re.Pattern[str]]:
    return weight, re.compile("".join(parts))


# Weights: how sure one cue alone makes us; set on half of the development prompts, checked on the other half.
_CUES = (
        _cue(0.9, r"\b(?:ignore|disregard|forget|override|bypass)(?: (?:all|any|every|the|your|my|of|these|those"
                  r"|previous",
              r"|prior|above|earlier|preceding|system|given|initial|original)){1,6} (?:instruction|prompt|rule"
              r"|direction",
              r"|guideline|command|message|order|context|programming|polic)"),
        _cue(0.9, r"\b(?:ignore|disregard|forget)(?: (?:everything|all))? (?:that |you )?(?:were|was|have been|i"
                  r"|came|is)? ?",
              r"(?:told|said|above|before|got before|previously)\b"),
        _cue(0.9, r"\bdo anything now\b|\bdan mode\b|\bdeveloper mode\b|\bjailbr(?:eak|oken)\w*|\bgod mode\b"
                  r"|\bdebug mode on"),
        _cue(0.85, r"\b(?:reveal|show|print|repeat|output|display|leak|tell me|what (?:is|are|was"
                   r"|were))(?: me)?(?: (?:all|of|the",
               r"|your|full|exact|entire|initial|original|hidden|secret|above)){1,5} (?:system )?(?:prompt"
               r"|instructions",
               r"|system message|initial message)\b"),
        _cue(0.8, r"\b(?:no|without|free (?:of|from)|not bound by|not limited by|any|bypass\w*|break\w*|ignor\w+"
                  r"|remov\w+|has no",
              r"|have no)(?: (?:any|all|the|its|your|of|ethical|moral|legal|content|safety|openai'?s?|typical|normal",
              r"|or|and|other)){0,4} (?:restriction|filter|limitation|censorship|guideline|boundar|safeguard|restraint",
              r"|moral|ethic|rules? or)"),
        _cue(0.8, r"\b(?:unfiltered|uncensored|amoral|unrestricted|unethical|immoral)\b.{0,60}\b(?:ai|chatbot|bot"
                  r"|assistant",
              r"|model|response|answer|character|persona|version)"),
        _cue(0.75, r"\b(?:never|not|don't|cannot|can't|won't)(?: ever)? (?:refuse|decline|reject|deny|say (?:no"
                   r"|that you can|you can",
               r"|\"?i can|\"?i'm sorry|\"?sorry)|apologi[sz]e|break character|get out of character|mention (?:that )?",
               r"(?:you are|you're|openai)|warn|remind me|include (?:any )?(?:warning|disclaimer))"),
        _cue(0.75, r"\b(?:stay|remain|stays|keep) in character\b|\bbreak(?:s|ing)? character\b|\bin[- ]character\b"),
        _cue(0.7, r"\b(?:openai|anthropic|content|usage|safety) (?:content )?(?:polic|guideline|filter|restriction)"),
        _cue(0.7, r"\b(?:two|2) (?:different )?(?:responses|answers|ways|replies|paragraphs)\b|\[?(?:classic|normal"
                  r"|gpt)\]? ?:?.{0,40}",
              r"(?:jailbreak|dan|evil|unfiltered)"),
        _cue(0.65, r"\b(?:you are|you're|act as|be|become|you will be|simulate|play)(?: now)?(?: (?:going to"
                   r"|about to|act|be|as|a|an",
               r"|the|very|truly|completely|totally|named|called)){0,5} (?:evil|malicious|dan|aim|stan|dude|unhinged"
               r"|rude|hacker",
               r"|sadistic|toxic|foul)"),
        _cue(0.6, r"\b(?:illegal|unethical|immoral|inappropriate|offensive|harmful|dangerous|explicit|nsfw|profan\w+"
                  r"|swear\w*|curs(?:e|ing)",
              r")\b.{0,80}\b(?:allowed|acceptable|okay|fine|encouraged|free to|can|will|must|no matter|without"
              r"|content|language)"),
        _cue(0.6, r"\b(?:token|point)s?\b.{0,80}\b(?:lose|deduct|lost|die|terminat|subtract|threat)"),
        _cue(0.55, r"\b(?:hypothetical|fictional|fictitious|imaginary)\b.{0,80}\b(?:anything|no rules|no laws"
                   r"|without|unethical|any)"),
        _cue(0.55, r"\bfrom now on\b|\bhenceforth\b|\bpretend (?:that )?(?:you|to be)\b|\byou (?:are"
                   r"|will) (?:now )?(?:immersed|going to)"),
        _cue(0.5, r"\byou (?:must|will|should|can|are to) (?:always )?(?:obey|comply|answer any|answer all"
                  r"|do whatever|do anything|do what)"),
        _cue(0.4, r"\bif you understand\b|\bconfirm (?:that )?you understand\b|\bsay \"?(?:ok|yes|understood"
                  r"|i understand)\b|\bmy first",
              r" (?:question|prompt|request|order|command) (?:is|to you)\b|\bto remind you\b"),
        _cue(0.4, r"\{\{?(?:prompt|query|input|question)\}?\}|\[(?:insert|your) ?(?:prompt|question|query)"),
        _cue(0.7, r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?inst\]|### ?(?:system|instruction)\b"),
)  # fmt: skip
# Ordinary role-play ("I want you to act as a travel guide") opens like an attack and asks for none of it.
_ENCODED = re.compile(r"\b[A-Za-z0-9+/]{40,4000}={0,2}")


def attack_probability(request: str) -> float:
    """Return how likely the request is an injection or a jailbreak, 0 to 1: cues and a trained model joined."""
    if not request.strip():
        return 0.0
    half = READ_CHARACTERS // 2
    kept = request if len(request) <= READ_CHARACTERS else f"{request[:half]} {request[-half:]}"
    model, rule = load_classifier(MODEL), attack_rule(kept)
    return max(model.probability(text, rule) for text in (kept, *_decoded(kept)))


def attack_rule(request: str) -> float:
    """Return what the cues alone say, 0 to 1; 0.0 when none was found."""
    half = READ_CHARACTERS // 2
    kept = request if len(request) <= READ_CHARACTERS else f"{request[:half]} {request[-half:]}"
    text = undo_leetspeak(normalise(kept))
    innocent = 1.0
    for text_part in (text, *_decoded(kept)):
        for weight, cue in _CUES:
            if cue.search(text_part):
                innocent *= 1 - weight
    return 1 - innocent


def _decoded(request: str) -> list[str]:
    """Return the readable text inside base64 runs, at most four."""
    found = []
    for match in list(_ENCODED.finditer(request))[:4]:
        run = match.group().rstrip("=")
        try:
            text = base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue  # not base64 of a text: an ordinary long token
        if text.isprintable():
            found.append(normalise(text))
    return found
