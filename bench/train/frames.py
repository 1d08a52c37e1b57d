"""Sentences about groups made of frames and words, for the model of hate: demeaning ones, and innocent contrasts.

Written for this project. The frames follow the *kinds* of contrast that HateCheck (Röttger 2021) tells apart, negation,
quotation, counter-speech, other targets, in words of their own; who wrote them had read that set. Groups are masked
before a model reads them. Seeded; each frame is filled equally often.
"""

import random
import re

SEED = 7
FILLINGS = 6
"""Sentences that are made of one frame."""
_GROUPS = "women/Muslims/immigrants/gay people/Jews/refugees/Dalits/Christians/disabled people/black people"
_MEMBERS = "woman/Muslim/immigrant/gay man/Jew/refugee/Dalit/Christian/disabled person/black person"
_WORDS = {
    "beast": "vermin/scum/rats/parasites/leeches/cockroaches/savages/animals/filth/garbage/a disease/a plague/a virus/"
    "monsters/trash/pigs/worms/a cancer/an infestation/waste/freaks/brutes/a blot on this town",
    "bad": "stupid/disgusting/filthy/lazy/inferior/worthless/evil/dirty/repulsive/dumb/vile/useless/greedy/dishonest/"
    "primitive/perverted/ugly/brainless/backward/rotten/unnatural/sick/cruel/dangerous/corrupt/pathetic/wicked",
    "crook": "criminals/thieves/liars/rapists/terrorists/cheats/thugs/crooks/murderers/beggars/scroungers/idiots/"
    "morons/cowards/predators/drunks",
    "hate": "hate/despise/loathe/detest/cannot stand/am disgusted by/feel only contempt for/am sick of/abhor/resent",
    "kill": "kill/shoot/hang/burn/stab/beat/drown/gas/strangle/lynch/bomb/wipe out/get rid of/exterminate/poison/whip/"
    "cut down/run over",
    "killed": "killed/shot/hanged/burned/stabbed/beaten/drowned/gassed/wiped out/thrown out/deported/locked up/"
    "sterilised/exterminated/tortured/put down/whipped/chased away",
    "good": "respect/rights/jobs/a home/education/freedom/kindness/help/safety/protection/a fair trial/medicine/a vote",
    "shared": "our country/our schools/this nation/our culture/our economy/our neighbourhood/civilisation/society/"
    "our way of life/the city/our families",
    "fine": "kind/clever/hard-working/honest/lovely/brave/generous/welcome/talented/wise/warm/excellent/wonderful/"
    "friendly/loyal/skilled/strong/equal/smart",
    "does": "live in our street/work at the hospital/run a bakery/teach at the school/play football on Sundays/sing in "
    "the choir/pay taxes/came to the meeting/study law/joined the union/own a shop/wrote the report/won the election",
    "thing": "traffic jams/mosquitoes/this soup/long meetings/cold coffee/wet socks/this phone/parking fees/mould/"
    "the new timetable/spam mail/plastic bags/weeds/cheap shoes/tax forms/rainy Mondays",
    "trade": "plumbers/bankers/landlords/referees/lawyers/politicians/critics/dentists/drivers/waiters/cyclists/"
    "librarians/managers/estate agents/fishermen/dog owners",
    "S": "towelhead/wetback/faggot/kike",
    "G": _GROUPS, "M": _MEMBERS,
    "rude": "fucking/bloody/damn/goddamn/shitty",
}  # fmt: skip
DEMEANING = (
    "{G} are {beast}.", "{G} are {bad}.", "All {G} are {crook}.", "{G} are nothing but {beast}.",
    "Most {G} are {bad}.", "{G} are {bad} {crook}.", "Every {M} I ever met was {bad}.", "I {hate} {G}.",
    "I {hate} all of these {G}.", "We {hate} {G} and always will.", "{G} should be {killed}.",
    "All {G} must be {killed}.", "They ought to be {killed}, those {G}.", "I want to {kill} every {M} here.",
    "Somebody should {kill} the {G}.", "I am going to {kill} a {M} tonight.", "We will {kill} you {G} one by one.",
    "Let us {kill} the {G}.", "{G} do not deserve {good}.", "{G} deserve no {good}.", "{G} deserve to be {killed}.",
    "No {M} should get {good}.", "{G} are not worth {good}.", "{G} have no place in {shared}.",
    "{G} are ruining {shared}.", "{G} are a danger to {shared}.", "{G} do not belong in {shared}.",
    "Keep {G} out of {shared}.", "{G} want to destroy {shared}.", "You {G} are {bad}.", "You {G} should be {killed}.",
    "{G} like you are {beast}.", "You are just a {bad} {M}.", "What a {bad} {M} you are.",
    "Only a {M} can be so {bad}.", "It is typical of {G} to be {bad}.", "{G} are {bad} by nature.",
    "It is in their blood: {G} are {crook}.", "Never trust a {M}.", "You cannot trust {G}, they are all {crook}.",
    "Who needs {G}? They are {beast}.", "Why are {G} so {bad}?", "When will people see that {G} are {beast}?",
    "Is it wrong to say that {G} are {bad}? No.", "In my opinion {G} are {bad}.", "If you ask me, {G} are {beast}.",
    "I firmly believe that {G} should be {killed}.", "{G} seem nice, but they are {crook}.",
    "{G} moved in next door. They are {beast}.", "I have nothing against them, but {G} are {bad}.",
    "If {G} stay here, we should {kill} them.", "A dog is worth more than a {M}.", "The world is better without {G}.",
    "{G} lives mean nothing.", "Nobody would miss the {G}.", "A dead {M} is a good {M}.", "{G} are less than human.",
    "{G} are not like normal people.", "Do not let your daughter marry a {M}.", "{G} are only good for cleaning.",
    "{G} breed like {beast}.", "I would never hire a {M}, they are {bad}.", "{G} only come here to live off us.",
    "{G} are too {bad} to learn.", "{G} take our jobs and our houses.", "Behind every crime there is a {M}.",
    "{G} cannot help being {crook}.", "{G} do not work, they only take.", "These {rude} {G} should go home.",
    "{rude} {G}, get out.", "I do not want {G} near my children.", "Send the {G} back where they came from.",
    "There is no room for {G} here.", "Stay away from {G} if you value your life.", "{G} make me sick.",
    "I spit on {G}.", "{G} smell like {beast}.", "The {G} problem must be solved for good.",
    "{G} should serve us and be silent.", "{G} stink.", "{S}, go home.", "You are a {bad} {S}.",
    "All {S} must be {killed}.", "I {hate} that {S}.", "{S} are {beast}.", "Another {S} took the job.",
    "{G} were made to obey.", "No wonder it failed, a {M} was in charge.", "{G} are a burden on {shared}.",
    "We were better off before the {G} came.", "A {M} is no real person.", "{G} are all after your money.",
    "{G} are mentally weak.", "Being a {M} is a sickness.", "{G} want to be pitied.", "{G} are worse than {beast}.",
    "A rat is cleverer than a {M}.", "I value my car more than the life of a {M}.",
    "Use {G} for tests instead of mice.", "What a {M} says is always a lie.", "Do not believe {G}.",
    "{G} are not equal to us.", "{G} can never be as {fine} as we are.", "{G} are not {fine} at all.",
    "Not one of the {G} is {fine}.", "The life of a {M} has no value.",
    "What happens to {G} should not matter to anyone.", "Who cares if {G} live or die?", "{G} should not be alive.",
    "We cannot let {G} stay alive.", "What is so bad about saying that {G} are {bad}?",
    "How can it be a mistake to think that {G} are {crook}?", "Why should I not say that {G} ought to be {killed}?",
    "Am I the only one who thinks that {G} are {beast}?", "To my mind, {G} are {beast}.",
    "From where I stand, {G} must be {killed}.", "Whenever {G} open their mouths, I want to {kill} them.",
    "I know many {G}, and I {hate} each of them.", "{G} may look {fine}. Remember that they are {beast}.",
    "How can you like {G}? They are {bad}.", "{G} do not listen to us. They will pay for that.",
    "{G} believe that they are better than us. I {hate} them.",
    "{G} like you complain too much. You should be {killed}.", "The next {M} I meet will be {killed}.",
    "We are going to {kill} that {M} soon.", "Soon I will {kill} every {M} in this street.",
    "Death is the only answer to {G}.", "{G} will suffer, I will see to it.", "{G} must be made to suffer.",
    "I hope that all {G} get {killed}.", "It would be good if {G} were {killed}.",
    "Would it not be nice to {kill} all {G}?", "{G} belong in a cage.", "{G} belong behind bars, all of them.",
    "{G} in office will ruin {shared}.", "With {G} in charge, {shared} will fall.", "Too many {G} in {shared}.",
    "There are too many {S} here.", "Nothing is worse than a {M}.", "Of course it was a {M} who did it, what else.",
    "Just one more {bad} {M}.", "You are nothing but a {S}.", "Look at that {S}, how {bad}.",
    "{S} everywhere, I {hate} it.", "I have so much hatred for {G}.", "My contempt for {G} has no end.",
    "{G} deserve all the hate they get.", "They are only {G}, so who cares.",
    "Honestly, {G} are the worst people on earth.", "{G} should know their place.",
    "{G} must not be allowed to vote or teach.", "I would rather die than live beside {G}.",
    "{G} ruin everything they touch.", "Even a child is smarter than {G}.", "{rude} {G} are {bad}.",
    "I do not give a shit about {G}.", "Fuck {G}.", "Fuck every single {M}.", "Screw all the {G}, they are {bad}.",
)  # fmt: skip
INNOCENT = (
    "{G} are {fine}.", "Most {G} I know are {fine}.", "{G} are {fine} people.", "I love {G}.", "I admire {G}.",
    "{G} deserve {good}.", "All {G} have a right to {good}.", "{G} should get {good}.", "{G} must have {good}.",
    "{G} should not be {killed}.", "No {M} should be {killed}.", "{G} must never be {killed}.",
    "{G} do not deserve to be {killed}.", "Nobody may {kill} {G}.", "It is a crime to {kill} {G}.",
    "We must not let anyone {kill} {G}.", "{G} are not {beast}.", "{G} are not {bad}.",
    "{G} are neither {bad} nor {crook}.", "No, {G} are not {crook}.", "I do not {hate} {G}.",
    "Nobody should {hate} {G}.", "There is no reason to {hate} {G}.", "It is wrong to call {G} {bad}.",
    "It is false that {G} are {crook}.", "Stop saying that {G} are {beast}.", "To call {G} {beast} is shameful.",
    "Whoever calls {G} {beast} should be ashamed.", "You must not tell {G} that they are {bad}.",
    '"{G} are {beast}" is what a bigot says.', 'He was fired for shouting "{G} should be {killed}".',
    'The post said "I {hate} {G}" and was removed.', 'Slogans like "{kill} the {G}" have no place here.',
    'The judge called the words "{bad} {G}" an insult.', 'She reported him for the text "{G} are {bad}".',
    "Saying that {G} are {bad} is prejudice.", "That {G} are {crook} is a stereotype.",
    "The myth that {G} are {bad} hurts people.", "Anyone who says {G} are {crook} is lying.",
    "He apologised for writing that {G} are {bad}.", "A man who wanted to {kill} {G} was arrested.",
    "Many {G} were {killed} in the war.", "{G} were {killed} and nobody helped; we mourn them.",
    "Those who {hate} {G} are {bad}.", "People who attack {G} should be {killed}.",
    "I {hate} it when {G} are treated badly.", "I {hate} people who insult {G}.",
    "Racists who say {G} are {beast} make me sick.", "It makes me angry that {G} are called {bad}.",
    "We should help {G}.", "{G} {does}.", "Many {G} {does}.", "My neighbours are {G} and they {does}.",
    "Two {G} {does}.", "A {M} came first in the race.", "The law protects {G}.", "The survey asked {G} about {good}.",
    "{G} enrich {shared}.", "{G} are part of {shared}.", "{G} belong in {shared}.",
    "There are more {G} than before in {shared}.", "The hostel is open to {G}.", "{G} may apply until March.",
    "A grant for {G} was announced.", "I am a {M} and proud of it.", "As a {M}, I am {fine}.",
    "I want to meet more {G}.", "You are a {fine} {M}.", "What a {fine} {M} she is.",
    "{G} are just like everyone else.", "{G} are as {fine} as anyone.", "I am so happy for the {G} next door.",
    "We are {G}, and nobody can break us.", "I called myself an {S} once, as a joke among friends.",
    "As an {S} myself, I use that word with pride.", "We {S} are {fine}.", "I am a {S} and {fine}.",
    "The word {S} is offensive, do not use it.", "Do not call anyone an {S}.", "He was banned for the word {S}.",
    "I {hate} {thing}.", "{thing} are {bad}.", "{thing} are {beast}.", "We should get rid of {thing}.",
    "I {hate} {trade}.", "{trade} are {bad}.", "{trade} should be {killed}.", "Most {trade} are {crook}.",
    "Somebody should {kill} those {trade}.", "This {rude} printer is broken again.", "The film was {rude} good.",
    "I was {rude} tired after the walk.", "My {rude} car will not start.", "I forgot my {rude} keys.",
    "That was a {rude} long day.", "They {does}.", "{G} can help to {kill} the fire.",
    "The doctor told the {G} that the illness is {bad}.", "{G} suffer from {thing}.", "These {G} are heroes to me.",
    "{G} like you are {fine}.", "{G} like you give me hope.", "I will make every {M} here laugh.",
    "I am going to help those {G}.", "I am going to marry a {M} next year.",
    "The next {M} I meet will be invited for tea.", "We can learn a lot from {G}.", "There are some {G} in my class.",
    "Do you know any {G}?", "Is there a {M} in your team?", "Half of the visitors were {G}.",
    "Three of the winners were {G}.", "I hardly know any {G}.", "I used to work with a {M}.",
    "I spoke with several {G} yesterday.", "A {M} as minister would be good for {shared}.",
    "With {G} in charge, {shared} will do well.", "{G} should be put first for once.", "All {G} should be praised.",
    "It is a joy to see {G} happy.", "These {G} are so {fine}, I love it.", "Nothing is better than a {fine} {M}.",
    "{G} make the world better.", "{G} deserve to live in peace.", "No {M} deserves to be {killed}.",
    "{G} do not deserve such hate.", "We must never again let {G} be {killed}.",
    "Never vote for a party that calls {G} {beast}.", "A state that lets {G} be {killed} is {bad}.",
    "It is horrible that {G} are {killed} for nothing.",
    "If you say that {G} are {bad}, do not wonder that they avoid you.",
    "Do you really think that all {G} are {bad}? Shame on you.", "How can anyone believe that {G} are {crook}?",
    "You say you {hate} {G}? That says more about you.", "Those who want to {kill} {G} belong in court.",
    "Threats to {kill} {G} have to be punished.", "It hurts to hear people say that {G} are {beast}.",
    "I used to think that {G} are {bad}, and I was wrong.", "Not all {G} are {bad}, whatever he says.",
    "Being a {M} is wonderful.", "I love being a {M}.", "I love being a {S}.",
    "My favourite {S} always stands by me.", "Me and my {S} are going out tonight.",
    "Proud to be a {S}, and {fine} too.", "Every {S} like me can win.",
    "They fear {S} like us, and that makes me proud.", "Today I feel like a {fine} {S}.",
    "{S} like me are {fine}, and I will not be sad.", "She calls herself a {S} and laughs.", "We {S} stick together.",
    "Nobody can stop a {fine} {S} like me.", "I have been a {rude} fool lately.",
    "He really did annoy the {rude} hell out of me.", "Who wrote this {rude} nonsense?",
    "She ran out of the {rude} room before it got full.", "My {rude} boss let us go early, great.",
    "{trade} in power are a danger to {shared}.", "{trade} ruin everything.", "{trade} do not deserve {good}.",
    "I {hate} every single one of {thing}.", "{thing} are a plague.", "{thing} deserve no {good}.",
)  # fmt: skip


def sentences(frames: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the frames filled, each sentence with its frame."""
    rng = random.Random(SEED)
    choices = {name: words.split("/") for name, words in _WORDS.items()}
    found = []
    for frame in frames:
        for _ in range(FILLINGS):
            text = re.sub(r"{(\w+)}", lambda match: rng.choice(choices[match[1]]), frame)
            found.append((text[0].upper() + text[1:], frame))
    return sorted(set(found))
