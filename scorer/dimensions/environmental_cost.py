"""Environmental cost: what one answer took in tokens, money, energy and carbon, against the preset's budget. Pure.

Measures against a declared budget: 100 · min(1, budget / value). Does not measure training, networks, input tokens'
energy or the user's device. Inputs: `usage`, `model`, `metadata.region`, the exchange's duration. Tokens are the bot's
own count, or an estimate that it marked as one; nothing is estimated here. Money from genai-prices' table; energy by
EcoLogits' method as a range, for models in its table (not assessed for any other); carbon by the SCI formula
((E · I) + M) per answer, on the grid of the region, else on the world's mix.
Of a range, the upper end is the value and is scored: an answer is within its budget only if it is so at every size that
the source holds possible. A closed model's size is the source's estimate, and the reason says so.
No people's judgement exists to agree with.
"""

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from config.footprint import WORLD, Footprint, ModelSize, Range, energy_table, grid_table
from scorer.dimensions.base import Context, SignalKind, detect_all
from scorer.model import DimensionName, Signal, Unit
from scorer.text.tokens import content_stems

_NAME = DimensionName.ENVIRONMENTAL_COST
TOKENS = SignalKind(_NAME, "tokens", Unit.TOKENS, "the bot's usage", weight=2.0)
COST = SignalKind(_NAME, "cost", Unit.USD, "genai-prices (Pydantic)")
ENERGY = SignalKind(_NAME, "energy", Unit.WATT_HOUR, "EcoLogits 0.11.3, LLM inference", version="2")
CARBON = SignalKind(
    _NAME,
    "carbon",
    Unit.GRAM_CO2E,
    "SCI 1.1 (Green Software Foundation); EcoLogits 0.11.3, LLM inference and electricity mixes",
    version="2",
)
WASTE = SignalKind(_NAME, "waste", Unit.RATIO, "SCI 1.1: what is not of use need not be spent", weight=0.5)

CHARACTERS_PER_TOKEN = 4.0
"""OpenAI's rule of thumb for English; only the share of documents is estimated by it, and the reason says so."""
USED_RATIO = 0.2
"""Share of the shorter text's different content words that both hold, from which a document counts as used."""
DOCUMENT_CHARACTERS = 20_000
DOCUMENTS_READ = 50
LIKELY = 0.5


class EnvironmentalCost:
    """See the module."""

    name = _NAME
    version = "3"

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return the five signals of this dimension."""
        return detect_all(((TOKENS, tokens), (COST, cost), (ENERGY, energy), (CARBON, carbon), (WASTE, waste)), context)


def _within(budget: float, value: float) -> float:
    return 100.0 if value <= budget else 100.0 * budget / value


def _marked(context: Context) -> str:
    return " (estimated)" if context.exchange.usage.estimated else ""


def tokens(kind: SignalKind, context: Context) -> Signal:
    """Input and output tokens together."""
    usage = context.exchange.usage
    total = usage.total_tokens
    if total is None and usage.input_tokens is not None and usage.output_tokens is not None:
        total = usage.input_tokens + usage.output_tokens
    if total is None:
        return kind.not_assessed("the bot gave no usage")
    budget = context.policy.budgets.tokens
    return kind.assessed(_within(budget, total), f"{total:,} tokens{_marked(context)}, budget {budget:,}", value=total)


def cost(kind: SignalKind, context: Context) -> Signal:
    """US dollars by the list price of the model."""
    usage, model = context.exchange.usage, context.exchange.model
    if usage.input_tokens is None or usage.output_tokens is None:
        return kind.not_assessed("the bot gave no usage by input and output")
    if not model:
        return kind.not_assessed("the model is not known")
    try:
        price = calc_price(PricedUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens), model)
    except LookupError:
        return kind.not_assessed("the price of the model is not known")
    value, budget = float(price.total_price), context.policy.budgets.cost_usd
    reason = f"${value:.6f} by list price of {price.model.id}{_marked(context)}, budget ${budget:g}"
    return kind.assessed(_within(budget, value), reason, value=value)


def _known_footprint(context: Context) -> tuple[ModelSize, Footprint] | str:
    """The model with what its answer took, or why that is not known."""
    model, output_tokens = context.exchange.model, context.exchange.usage.output_tokens
    if output_tokens is None:
        return "the bot gave no output tokens"
    if not model:
        return "the model is not known"
    table = energy_table()
    size = table.size_of(model)
    if size is None:
        return "the size of the model is not known to EcoLogits 0.11.3"
    return size, table.footprint_of(size, output_tokens, context.exchange.capture.duration_seconds)


def _told(found: Range, unit: str, size: ModelSize, context: Context) -> str:
    """The range with what it rests on."""
    span = f"{found.low:.3g}" if found.low == found.high else f"{found.low:.3g} to {found.high:.3g}"
    which = "estimated" if size.estimated else "published"
    tokens = " and estimated tokens" if context.exchange.usage.estimated else ""
    return f"{span} {unit} by the {which} size of {size.name}{tokens}"


def energy(kind: SignalKind, context: Context) -> Signal:
    """Wh of the answer's generation: the upper end of the range, which stands in the reason."""
    known = _known_footprint(context)
    if isinstance(known, str):
        return kind.not_assessed(known)
    size, footprint = known
    found, budget = footprint.energy_wh, context.policy.budgets.energy_wh
    reason = f"{_told(found, 'Wh', size, context)}; the upper end is scored, budget {budget:g} Wh"
    return kind.assessed(_within(budget, found.high), reason, value=found.high)


def carbon(kind: SignalKind, context: Context) -> Signal:
    """gCO2e: energy by the grid's intensity, plus the hardware's share; the upper end of the range."""
    known = _known_footprint(context)
    if isinstance(known, str):
        return kind.not_assessed(known)
    size, footprint = known
    intensity, where = _grid(context)
    found, budget = footprint.carbon_g(intensity), context.policy.budgets.carbon_g
    reason = f"{_told(found, 'gCO2e', size, context)}, on {where}; the upper end is scored, budget {budget:g} g"
    return kind.assessed(_within(budget, found.high), reason, value=found.high)


def _grid(context: Context) -> tuple[float, str]:
    """The intensity of the answer's grid, gCO2e per kWh, and which one it is."""
    region, table = context.exchange.metadata.get("region"), grid_table()
    if region is None:
        return table.intensity[WORLD], "the world's mix, no region being given"
    known = table.intensity_of(region) if isinstance(region, str) else None
    if known is None:
        return table.intensity[WORLD], "the world's mix, the region being none of the table's"
    return known, f"the grid of {region.strip().upper()}"


def waste(kind: SignalKind, context: Context) -> Signal:
    """Share of all tokens that did nothing: retrieved documents that the answer took nothing from, and an answer that
    refuses an ordinary request. Documents' tokens are estimated by their length. Retries are not seen here.
    """
    usage, documents = context.exchange.usage, context.exchange.documents
    if usage.input_tokens is None or usage.output_tokens is None or usage.input_tokens + usage.output_tokens <= 0:
        return kind.not_assessed("the bot gave no usage by input and output")
    if documents is None:
        return kind.not_assessed("the bot gave no documents")
    answered = set(content_stems(context.exchange.response[:DOCUMENT_CHARACTERS]))
    unused = [d for d in documents[:DOCUMENTS_READ] if d.content and not _is_used(d.content, answered)]
    wasted = min(usage.input_tokens, sum(len(d.content or "") for d in unused) / CHARACTERS_PER_TOKEN)
    findings = context.findings
    is_vain = findings.refusal.is_refusal and findings.not_found is None and findings.reason is None
    if is_vain and max(findings.harm_probability, findings.attack_probability) < LIKELY:
        wasted += usage.output_tokens
    ratio = wasted / (usage.input_tokens + usage.output_tokens)
    reason = (
        f"about {ratio:.0%} of the tokens (documents estimated by length): {len(unused)} of {len(documents)} "
        f"documents gave nothing to the answer"
    )
    return kind.assessed(100 * (1 - ratio), reason, value=ratio)


def _is_used(content: str, answered: set[str]) -> bool:
    stems = set(content_stems(content[:DOCUMENT_CHARACTERS]))
    common = stems & answered
    if not common:
        return False
    return len(common) / min(len(stems), max(1, len(answered))) >= USED_RATIO
