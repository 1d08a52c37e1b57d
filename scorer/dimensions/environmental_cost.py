"""Environmental cost: what one answer took in tokens, money, energy and carbon, against the preset's budget. Pure.

Measures against a declared budget: 100 \u00b7 min(1, budget / value). Does not measure training, networks or the user's
device. Inputs: `usage`, `model`, `metadata.region`. Tokens are the bot's own count, or an estimate that it marked as
one; nothing is estimated here. Money from genai-prices' table; energy by EcoLogits' method as a range, only for models
whose size is published; carbon by the SCI formula ((E \u00b7 I) + M) per answer. No people's judgement
exists to agree with.
"""

import math
from dataclasses import dataclass

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from config.footprint import ModelSize, energy_table, grid_table
from scorer.dimensions.base import Context, SignalKind, detect_all
from scorer.model import DimensionName, Signal, Unit

_NAME = DimensionName.ENVIRONMENTAL_COST
TOKENS = SignalKind(_NAME, "tokens", Unit.TOKENS, "the bot's usage", weight=2.0)
COST = SignalKind(_NAME, "cost", Unit.USD, "genai-prices (Pydantic)")
ENERGY = SignalKind(_NAME, "energy", Unit.WATT_HOUR, "EcoLogits methodology 1.0 (GenAI Impact)")
CARBON = SignalKind(_NAME, "carbon", Unit.GRAM_CO2E, "SCI 1.1 (Green Software Foundation); EcoLogits methodology 1.0")

WORLD = "WOR"
_FIT_SPREAD = 1.96
"""Standard deviations of EcoLogits' 95 % range."""


class EnvironmentalCost:
    """See the module."""

    name = _NAME
    version = "1"

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return the four signals of this dimension."""
        return detect_all(((TOKENS, tokens), (COST, cost), (ENERGY, energy), (CARBON, carbon)), context)


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


@dataclass(frozen=True, slots=True)
class _Footprint:
    low_wh: float
    high_wh: float
    embodied_g: float

    @property
    def middle_wh(self) -> float:
        return (self.low_wh + self.high_wh) / 2


def _footprint(size: ModelSize, output_tokens: int) -> _Footprint:
    """Energy range and embodied carbon of one answer; EcoLogits methodology 1.0."""
    method = energy_table().method
    gpus = math.ceil(method.memory_overhead * size.total * method.quantization_bits / 8 / method.gpu_memory_gb)
    seconds = output_tokens * (method.gpu_latency_alpha_seconds * size.active + method.gpu_latency_beta_seconds)
    server_wh = seconds / 3600 * method.server_power_w * gpus / method.server_gpus
    per_token = method.gpu_energy_alpha_wh * size.active + method.gpu_energy_beta_wh
    spread = _FIT_SPREAD * method.gpu_energy_stdev_wh
    low, high = (
        method.pue * (server_wh + gpus * output_tokens * max(0.0, wh))
        for wh in (per_token - spread, per_token + spread)
    )
    embodied = method.server_embodied_g * gpus / method.server_gpus + gpus * method.gpu_embodied_g
    return _Footprint(low, high, seconds / method.hardware_lifetime_seconds * embodied)


def _known_footprint(context: Context) -> _Footprint | str:
    """The footprint, or why there is none."""
    model, output = context.exchange.model, context.exchange.usage.output_tokens
    if output is None:
        return "the bot gave no output tokens"
    if not model:
        return "the model is not known"
    size = energy_table().size_of(model)
    return "the size of the model is not published" if size is None else _footprint(size, output)


def energy(kind: SignalKind, context: Context) -> Signal:
    """Wh of the answer's generation, middle of the range; the range stands in the reason."""
    found = _known_footprint(context)
    if isinstance(found, str):
        return kind.not_assessed(found)
    budget = context.policy.budgets.energy_wh
    reason = f"{found.low_wh:.3f} to {found.high_wh:.3f} Wh{_marked(context)}, budget {budget:g} Wh"
    return kind.assessed(_within(budget, found.middle_wh), reason, value=found.middle_wh)


def carbon(kind: SignalKind, context: Context) -> Signal:
    """gCO2e: energy by the grid's intensity, plus the hardware's share; the world's mix where no region is given."""
    found = _known_footprint(context)
    if isinstance(found, str):
        return kind.not_assessed(found)
    region = context.exchange.metadata.get("region")
    grid = grid_table()
    known = grid.intensity_of(region) if isinstance(region, str) else None
    intensity = grid.intensity[WORLD] if known is None else known
    low, middle, high = (
        wh / 1000 * intensity + found.embodied_g for wh in (found.low_wh, found.middle_wh, found.high_wh)
    )
    where = f"the grid of {region}" if known is not None else "the world's mix, the region not being known"
    budget = context.policy.budgets.carbon_g
    reason = f"{low:.3f} to {high:.3f} gCO2e{_marked(context)} with {where}, budget {budget:g} g"
    return kind.assessed(_within(budget, middle), reason, value=middle)
