"""Words that carry no fact of their own, in English and Hindi. Pure data.

Numbers, negations and comparatives are not among them: they decide.
"""

ENGLISH = frozenset(
    """
    a about again all also although am an and any are as at be because been being between
    both but by can could did do does doing down during each either else ever every for from further had has have
    having he hence her here hers herself him himself his how however i if in into is it its itself just let may me
    might mine much must my myself nor of off on once one onto or other ought our ours ourselves out
    over own per please quite rather really shall she should since so some such than that the their theirs them
    themselves then there thereby therefore these they this those though through thus to too toward towards under
    until unto up upon us very via was we were what whatever when where whereas whether which while who whom whose why
    will with within would yes yet you your yours yourself yourselves 's s t ll ve re d m
    """.split()  # noqa: SIM905 - words read best as words
)
HINDI = frozenset(
    """
    का के की को में से पर और है हैं था थे थी हो होता होती होते हुआ हुई हुए यह ये वह वे इस उस इन उन जो कि तो भी ही ने एक
    या तथा एवं लिए द्वारा कर करना करने करता करती करते किया की गई गया गए जाता जाती जाते जा सकता सकती सकते रहा रही रहे
    अपने अपना अपनी कोई कुछ जब तब अब यदि अगर लेकिन परंतु किंतु साथ तक बाद पहले
    """.split()  # noqa: SIM905 - words read best as words
)
STOP_WORDS = ENGLISH | HINDI
