"""How an export is written as Apache Parquet, for the extra `parquet`: a table with typed columns.

The columns are those of the CSV, and `evaluation`, the whole of it as JSON. A row group is written once it has
`GROUP` rows, so that memory stays bounded. The manifest stands in the file's own metadata under `endurance`, without
a hash: nothing can stand in the file that it hashes.
"""

import io
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from config.errors import InvalidInputError
from exporters.export_rows import COLUMNS, cells_of
from scorer.model import DimensionName, Evaluation

if TYPE_CHECKING:
    import pyarrow as pa

GROUP: Final = 2000
"""Rows written together: some twenty megabytes of evaluations in memory."""
METADATA_KEY: Final = "endurance"
_SCORES = ("overall_score", *(name.value for name in DimensionName), "coverage")
_COUNTS = (
    "revision", "total_claims", "verified_claims", "hallucinated_claims", "unverifiable_claims", "approved", "rejected",
)  # fmt: skip
_MOMENTS = ("timestamp", "scored_at")


def check_installed() -> None:
    """Raise InvalidInputError where the library is not there."""
    try:
        from pyarrow import parquet  # noqa: F401 - a hundred megabytes that only this format needs
    except ImportError:
        raise InvalidInputError("parquet needs the extra `parquet`: install endurance[parquet]", "format") from None


class _Sink(io.RawIOBase):
    """What the library has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class Parquet:
    """An encoder. Synchronous and heavy: run it in a thread. Raises InvalidInputError without the library."""

    def __init__(self) -> None:
        check_installed()
        import pyarrow as pa
        from pyarrow import parquet

        self._sink = _Sink()
        self._output = pa.PythonFile(self._sink, mode="w")
        self._writer = parquet.ParquetWriter(self._output, _schema(), compression="zstd")
        self._rows: list[Evaluation] = []

    def head(self) -> bytes:
        """Return the file's magic number."""
        return self._sink.take()

    def rows(self, evaluations: Sequence[Evaluation]) -> bytes:
        """Return the row group that is full by now, if any."""
        self._rows += evaluations
        if len(self._rows) >= GROUP:
            self._write()
        return self._sink.take()

    def end(self, manifest: str) -> bytes:
        """Return the last row group and the footer."""
        self._write()
        self._writer.add_key_value_metadata({METADATA_KEY: manifest})
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(_table(self._rows))
            self._rows = []


def _table(evaluations: Sequence[Evaluation]) -> "pa.Table":
    import pyarrow as pa

    values = dict(zip(COLUMNS, zip(*(cells_of(one) for one in evaluations), strict=True), strict=True))
    columns: dict[str, Sequence[object]] = {**values, "evaluation": [one.model_dump_json() for one in evaluations]}
    columns |= {name: [getattr(one, name) for one in evaluations] for name in _MOMENTS}
    columns["flag_codes"] = [one.flag_codes for one in evaluations]
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in _schema()}, schema=_schema())


@cache
def _schema() -> "pa.Schema":
    import pyarrow as pa

    def type_of(name: str) -> "pa.DataType":
        if name in _SCORES:
            return pa.float64()
        if name in _COUNTS:
            return pa.int32()
        if name in _MOMENTS:
            return pa.timestamp("ms", tz="UTC")
        if name == "flagged":
            return pa.bool_()
        return pa.list_(pa.string()) if name == "flag_codes" else pa.string()

    return pa.schema([(name, type_of(name)) for name in (*COLUMNS, "evaluation")])
