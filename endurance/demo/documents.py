"""The example chatbot's library: the bundled documents, cut into passages.

A document is a Markdown file that writes one sentence a line. Its first line is the title; each `## ` section is one
passage and counts as one page, so that "page 2" of a document is its second section. Reads package data, nothing else.
"""

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a document: what is retrieved and cited."""

    source: str
    """The document's file name."""
    title: str
    """The document's first line."""
    heading: str
    page: int
    """Counts the sections of the document from 1."""
    sentences: tuple[str, ...]

    @property
    def content(self) -> str:
        """The section's sentences as running text, without its heading."""
        return " ".join(self.sentences)

    @property
    def citation(self) -> str:
        """How an answer points at the passage."""
        return f"[Source: {self.source}, page {self.page}]"


def parse_document(source: str, text: str) -> tuple[Passage, ...]:
    """Return the passages of one document, in order. Raises ValueError when the title or all sections are missing."""
    head, *sections = text.split("\n## ")
    title = head.removeprefix("# ").strip()
    if not (head.startswith("# ") and title and sections):
        raise ValueError(f"{source}: expected a first line '# Title' and at least one section '## Heading'")
    return tuple(_passage(source, title, page, section) for page, section in enumerate(sections, start=1))


def _passage(source: str, title: str, page: int, section: str) -> Passage:
    heading, *lines = section.splitlines()
    sentences = tuple(line.strip() for line in lines if line.strip())
    if not sentences:
        raise ValueError(f"{source}: section {heading!r} has no text")
    return Passage(source, title, heading.strip(), page, sentences)


def load_passages() -> tuple[Passage, ...]:
    """Return the passages of every bundled document, by file name."""
    folder = resources.files("endurance.demo") / "documents"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".md")), key=lambda entry: entry.name)
    return tuple(
        passage for entry in files for passage in parse_document(entry.name, entry.read_text(encoding="utf-8"))
    )
