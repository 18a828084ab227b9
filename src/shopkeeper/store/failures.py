"""What goes wrong in a database, said in the house's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from shopkeeper.core.errors import BadInput, Contradiction, ShopkeeperError, StoreError

_MEND = {
    "disk is full": "the disk is full; free space, then try again",
    "No space left": "the disk is full; free space, then try again",
    "disk I/O error": "the disk cannot be read or written; free space, or look at the disk, then try again",
    "database is locked": "another program holds the database; close it, then try again",
    "malformed": "the file is damaged; restore the last backup",
    "not a database": "the file is not a SQLite database; check the path",
    "unable to open": "the file cannot be opened; who runs this must be able to read and write it and its folder",
    "readonly": "the file or its folder cannot be written by who runs this; let them, or run it as its owner",
}
_DATA_EXCEPTION = "22"
"""The SQLSTATE class of values that PostgreSQL cannot keep."""
_TRIGGER = "P0001"
"""The SQLSTATE of what a trigger of ours refuses."""
_CANNOT_HOLD = "a value that the database cannot keep (an integer beyond 64 bits, or the character NUL)"
_REPORT = "which is a mistake in Shopkeeper: please report it"


def out_of_reach(path: Path, error: OSError, *, to: str) -> StoreError:
    """Say which file of the store the system keeps from who runs this, and why; `to` is `read` or `written`."""
    cause = error.strerror or type(error).__name__
    may = "read" if to == "read" else "write"
    return StoreError(
        f"{error.filename or path}: cannot be {to}: {cause}; let who runs this {may} there, run it as the folder's "
        "owner, or name another place by the setting 'database'"
    )


def told(error: BaseException, where: str) -> BaseException:
    """Return the house's error for a database's: BadInput for a value, StoreError for the database itself.

    What breaks a rule of the schema would break it each time: it is a Contradiction, which nobody tries again. So is a
    result that is too big, of which whoever asked gave no value.

    Only the database's own words are searched, and none of them are passed on: they may quote a customer's data.
    """
    if isinstance(error, ShopkeeperError) or not isinstance(error, Exception):
        return error
    if _is_too_big(error):
        return Contradiction(f"{where}: a result too big to be given at once, {_REPORT}")
    if isinstance(error, OverflowError | UnicodeError | DataError):
        return BadInput(_CANNOT_HOLD)
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None))
    if state.startswith(_DATA_EXCEPTION):
        return BadInput(_CANNOT_HOLD)
    if isinstance(error, OSError | TimeoutError):
        return StoreError(f"{where}: the database does not answer; start it, then try again")
    if isinstance(error, IntegrityError) or (state == _TRIGGER and isinstance(error, DBAPIError)):
        return Contradiction(f"{where}: {_sentence(error)}, {_REPORT}")
    if isinstance(error, DBAPIError):
        return StoreError(f"{where}: {_sentence(error)}")
    if isinstance(error, SQLAlchemyError):
        return StoreError(f"{where}: the database does not answer ({type(error).__name__})")
    return error


def _is_too_big(error: Exception) -> bool:
    """Say whether SQLite has no text or bytes as long as what a query asked for."""
    if not isinstance(error, DBAPIError) or not (error.statement or "").startswith(("SELECT", "WITH")):
        return False
    return getattr(error.orig, "sqlite_errorname", None) == "SQLITE_TOOBIG"


def _sentence(error: DBAPIError) -> str:
    said = " ".join(_causes(error))
    for words, sentence in _MEND.items():
        if words in said:
            return sentence
    if error.connection_invalidated or "connect" in said or "shut" in said:
        return "the database does not answer; start it, then try again"
    cause = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "unknown"
    return f"the database refused the statement ({cause})"


def _causes(error: BaseException | None) -> Iterator[str]:
    """Give the words of an error and of those it came from: a full disk ends SQLite's savepoints, and hides so."""
    while error is not None:
        if isinstance(error, DBAPIError):
            yield str(error.orig)
        error = error.__context__


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Raise the house's error for whatever the database raises inside."""
    try:
        yield
    except Exception as error:
        mended = told(error, where)
        if mended is error:
            raise
        raise mended from None
