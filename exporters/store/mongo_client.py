"""The connection to MongoDB: how it is made, which indexes it needs, and what the driver's errors mean to us.

Rules: no error and no log line holds the URL, which may hold a password. Only what every server that speaks the
protocol has: no transaction, no change stream, no collation, no server-side date arithmetic.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from pymongo import ASCENDING, AsyncMongoClient, IndexModel, ReadPreference
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError as DriverConfigurationError
from pymongo.errors import (
    DocumentTooLarge,
    DuplicateKeyError,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from config.errors import ConfigurationError, StoreUnavailableError, TooLargeError
from exporters.store.mongo_documents import Document
from scorer.model import DimensionName

Database = AsyncDatabase[Document]
DEFAULT_DATABASE = "endurance"
_TOO_LARGE_CODES = frozenset({10334, 17280, 17419, 17420})  # mongod's error_codes.yml: BSONObjectTooLarge and kin

# Beyond them an operation is given up and the store counts as away; the URL may say otherwise.
_DEFAULTS: dict[str, Any] = {
    "timeoutMS": 2000,
    "serverSelectionTimeoutMS": 1000,
    "connectTimeoutMS": 1000,
    "appname": "endurance",
    "w": "majority",
}

# Ascending, and walked backwards for the newest first: SecantusDB 0.7 loses the inclusive end of a range over a
# descending index, and no server is the slower for it.
_PLACE = [("timestamp", ASCENDING), ("session_id", ASCENDING)]
_SCORES = [
    (name, ASCENDING) for name in ("overall_score", *(f"dimensions.{dimension.value}" for dimension in DimensionName))
]
_SESSION_INDEXES = [
    IndexModel([("session_id", ASCENDING)], unique=True),
    # The fence: a late write of an earlier number, whose outcome we did not hear, cannot stand beside its successor.
    IndexModel([("writer", ASCENDING), ("n", ASCENDING)], unique=True),
    IndexModel([("log.writer", ASCENDING)]),
    # A range of scores is judged in the index; what is sorted by stands before what is ranged over.
    IndexModel([("erased", ASCENDING), *_PLACE, *_SCORES], name="by_time"),
    # A narrow range is counted, and found where few sessions have it, without a walk over all of time.
    *(IndexModel([("erased", ASCENDING), score]) for score in _SCORES),
    IndexModel([("erased", ASCENDING), ("service_id", ASCENDING), *_PLACE, ("overall_score", ASCENDING)]),
    IndexModel([("erased", ASCENDING), ("flagged", ASCENDING), *_PLACE]),
    IndexModel([("terms", ASCENDING), *_PLACE]),
    IndexModel([("facets", ASCENDING), *_PLACE]),
    IndexModel([("review", ASCENDING), *_PLACE]),
    # Stubs whose scores are still there, for retention.
    IndexModel([("scores_kept", ASCENDING), ("service_id", ASCENDING), ("timestamp", ASCENDING)]),
]
_ROLLUP_INDEXES = [IndexModel([("level", ASCENDING), ("start", ASCENDING), ("service_id", ASCENDING)])]
_SERVICE_INDEXES = [IndexModel([("writer", ASCENDING), ("through", ASCENDING)])]
_AUDIT_INDEXES = [
    IndexModel([("writer", ASCENDING), ("n", ASCENDING)], unique=True),
    IndexModel([("at", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("id", ASCENDING)]),
]


async def connect(url: str) -> tuple[AsyncMongoClient[Document], Database]:
    """Return client and database; nothing is sent yet. Raises ConfigurationError for a URL that cannot be used."""
    given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    options = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
    client: AsyncMongoClient[Document] | None = None
    try:
        client = AsyncMongoClient(url, tz_aware=True, tzinfo=UTC, **options)
        name = client.get_default_database(DEFAULT_DATABASE).name
    except (InvalidURI, InvalidName, DriverConfigurationError, ValueError, TypeError) as error:
        if client is not None:
            await client.close()
        # The driver's text may repeat parts of the URL.
        raise ConfigurationError(
            f"store: the MongoDB URL cannot be used ({type(error).__name__}); "
            "expected mongodb://[user:password@]host[:port]/[database][?options], user and password percent-encoded"
        ) from None
    # From the primary, so that what was saved is seen at once, whatever preference the URL names.
    codec: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
    return client, client.get_database(name, codec_options=codec, read_preference=ReadPreference.PRIMARY)


async def create_indexes(database: Database) -> None:
    """Make what is missing of the indexes."""
    await database["sessions"].create_indexes(_SESSION_INDEXES)
    await database["rollups"].create_indexes(_ROLLUP_INDEXES)
    await database["services"].create_indexes(_SERVICE_INDEXES)
    await database["audit"].create_indexes(_AUDIT_INDEXES)


@asynccontextmanager
async def driver_errors() -> AsyncIterator[None]:
    """Turn the driver's errors into ours; a duplicate key is left to whoever expects it.

    What is not about a document's size is StoreUnavailableError, refusals too (a missing right, a full disk): the
    work is as good as it was, and waits for the operator.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except DocumentTooLarge as error:
        raise TooLargeError("the evaluation is larger than MongoDB takes for one document") from error
    except OperationFailure as error:
        if error.code in _TOO_LARGE_CODES:
            raise TooLargeError("the evaluation is larger than MongoDB takes for one document") from error
        raise StoreUnavailableError(f"MongoDB refused: {type(error).__name__}, code {error.code}") from error
    except InvalidBSON as error:
        # Also what opening a sealed text raised: the driver keeps its words alone.
        raise StoreUnavailableError(f"a document of the record cannot be read: {error}") from error
    except PyMongoError as error:
        raise StoreUnavailableError(f"MongoDB does not answer: {type(error).__name__}") from error
