"""Sealed texts in MongoDB: a sealed value stands as a binary of our own subtype and is opened as it is decoded.

Sealed are the fields that hold text, each whole, and each feedback by itself, so that one can be appended; what is
sorted, counted and filtered by stays as it is, and words are keyed hashes. A list of key ids stands in `text_keys`.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

import orjson
from bson.binary import USER_DEFINED_SUBTYPE, Binary
from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from pymongo.asynchronous.collection import AsyncCollection

from config.errors import StoreUnavailableError
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import EVALUATION_FIELDS, SEALED_FIELDS, Document, read_evaluation, seal_value
from exporters.store.sealed import Resealed, TextSealer
from exporters.store.terms import terms_of

ATTEMPTS = 5
_FIELDS: Final = {**EVALUATION_FIELDS, "row": 1}
_RAW: Final = CodecOptions[Document](tz_aware=True, tzinfo=UTC)


class _Opener(TypeDecoder):
    """Opens sealed values; other binaries than ours do not stand in the record."""

    bson_type = Binary

    def __init__(self, sealer: TextSealer) -> None:
        self._sealer = sealer

    def transform_bson(self, value: Any) -> Any:
        """Return what was sealed. Raises StoreUnavailableError."""
        if value.subtype != USER_DEFINED_SUBTYPE:
            return value
        return orjson.loads(self._sealer.open(bytes(value)))


def codec(sealer: TextSealer) -> CodecOptions[Document]:
    """Return how documents are decoded."""
    return CodecOptions(tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([_Opener(sealer)]))


def opened_by(database: Database, sealer: TextSealer) -> Database:
    """Return the database whose documents are opened as they are read."""
    return database.with_options(codec_options=codec(sealer))


async def keep_key(database: Database, sealer: TextSealer) -> None:
    """Check that every key of the record's texts is here, and write down the one that seals. Raises ForeignKeyError."""
    sealer.check([one["_id"] async for one in database["text_keys"].find()])
    if sealer.is_on:
        key = {"_id": sealer.key_ids[0]}
        await database["text_keys"].update_one(key, {"$setOnInsert": key}, upsert=True)


async def reseal(database: Database, sealer: TextSealer, after: str | None, limit: int) -> Resealed:
    """Do one step of `SealedStore.reseal`."""
    found = await _raw(database).find(_beyond(after), _FIELDS, sort=[("_id", 1)], limit=limit).to_list()
    changed = 0
    for document in found:
        if not _is_current(document, sealer):
            changed += await _reseal_one(database, sealer, document["_id"])
    return Resealed(found[-1]["_id"] if len(found) == limit else None, changed)


async def _reseal_one(database: Database, sealer: TextSealer, id_: str) -> int:
    """Write one session anew; a verdict or a new revision that comes between is waited for and taken along."""
    for _ in range(ATTEMPTS):
        kept = await _raw(database).find_one({"_id": id_, "erased": False}, _FIELDS)
        opened = await database["sessions"].find_one({"_id": id_, "erased": False}, _FIELDS)
        if kept is None or opened is None:
            return 0
        evaluation = {name: value for name, value in opened.items() if name in EVALUATION_FIELDS}
        fields = {name: seal_value(opened[name], sealer) for name in SEALED_FIELDS}
        fields["feedback"] = [seal_value(one, sealer) for one in opened["feedback"]]
        fields["terms"] = sealer.hide(terms_of(read_evaluation(evaluation)))
        unchanged = {"_id": id_, "erased": False, **{name: kept[name] for name in ("revision", "query", "feedback")}}
        if opened["revision"] == kept["revision"] and len(opened["feedback"]) == len(kept["feedback"]):
            result = await database["sessions"].update_one(unchanged, {"$set": fields})
            if result.matched_count:
                return 1
    raise StoreUnavailableError("other writers keep changing the same session")


async def forget_keys(database: Database, sealer: TextSealer) -> bool:
    """Do what `SealedStore.forget_keys` says: look at every session in pieces, then strike the other keys."""
    after: str | None = None
    while found := await _raw(database).find(_beyond(after), _FIELDS, sort=[("_id", 1)], limit=100).to_list():
        if not all(_is_current(document, sealer) for document in found):
            return False
        after = found[-1]["_id"]
    await database["text_keys"].delete_many({"_id": {"$nin": list(sealer.key_ids[:1])}})
    return True


def _raw(database: Database) -> AsyncCollection[Document]:
    return database.get_collection("sessions", codec_options=_RAW)


def _beyond(after: str | None) -> Document:
    return {"erased": False} if after is None else {"erased": False, "_id": {"$gt": after}}


def _is_current(document: Mapping[str, Any], sealer: TextSealer) -> bool:
    values = [*(document[name] for name in SEALED_FIELDS), *document["feedback"]]
    if not sealer.is_on:
        return not any(isinstance(value, Binary) for value in values)
    return all(isinstance(value, Binary) and sealer.is_current(bytes(value)) for value in values)
