"""The nine dimensions, in the order used everywhere. A new one is a file and a line here."""

from scorer.dimensions.base import Dimension
from scorer.dimensions.bias_fairness import BiasFairness
from scorer.dimensions.data_grounding import DataGrounding
from scorer.dimensions.environmental_cost import EnvironmentalCost
from scorer.dimensions.ethical_alignment import EthicalAlignment
from scorer.dimensions.explainability import Explainability
from scorer.dimensions.human_control import HumanControl
from scorer.dimensions.legal_compliance import LegalCompliance
from scorer.dimensions.response_quality import ResponseQuality
from scorer.dimensions.security import Security

DIMENSIONS: tuple[Dimension, ...] = (
    BiasFairness(),
    DataGrounding(),
    Explainability(),
    EthicalAlignment(),
    HumanControl(),
    LegalCompliance(),
    Security(),
    ResponseQuality(),
    EnvironmentalCost(),
)
