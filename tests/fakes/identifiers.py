"""Identifiers and secrets that redaction knows, none of a real person, and texts that hold them."""

from hypothesis import strategies as st

IDENTIFIERS = (
    "ABCPK1234F",
    "27AAPFU0939F1ZV",
    "2341 2341 2346",
    "HDFC0001234",
    "ravi.kumar@mail.org",
    "meena@okaxis",
    "+91 98765 43210",
    "9123456780",
    "4111 1111 1111 1111",
    "GB82 WEST 1234 5698 7654 32",
    "RCCMNL83S18D969H",
    "44051401359",
    "AKIAIOSFODNN7ABCDEFG",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
)
WORDS = ("The fee", "is ten rupees", "Her file", "call", "Account", "see section 8(1)", "नमस्ते", "🙂", "id", "no", "")
SEPARATORS = (" ", ", ", ". ", "\n", ": ", " (", ") ")


def texts(identifiers: tuple[str, ...] = IDENTIFIERS) -> st.SearchStrategy[str]:
    """Words and identifiers in any order, each apart from its neighbours."""
    part = st.sampled_from(WORDS) | st.sampled_from(identifiers)
    joined = st.tuples(part, st.sampled_from(SEPARATORS)).map("".join)
    return st.lists(joined, max_size=8).map("".join)
