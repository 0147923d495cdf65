"""Every kind of error, provoked on purpose and told apart by its type."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from well import Code, Failed, Refused, Unreachable, Well
from well_api.enums import UserErrorCode
from well_api.mappings import Mappings

T = TypeVar("T")

NOBODYS_ID = "00000000-0000-4000-8000-000000000000"
"""A well-formed id that nothing has."""


def ensure(kept: bool, promise: str) -> None:
    """Turns a promise that was not kept into a failure."""
    if not kept:
        raise AssertionError(f"not so: {promise}")


def there(value: T | None) -> T:
    """A value that may be null in general, and must not be here."""
    if value is None:
        raise AssertionError("a value is missing")
    return value


async def failed(request: Awaitable[object]) -> Code:
    """The code of a request that failed for one reason."""
    try:
        answer = await request
    except Failed as error:
        ensure(len(error.problems) == 1, f"one problem, not {error.problems}")
        return error.problems[0].code
    raise AssertionError(f"it should have failed: {answer}")


async def refused(request: Awaitable[object]) -> UserErrorCode:
    """The code of an input that was refused for one reason."""
    try:
        answer = await request
    except Refused as error:
        ensure(len(error.refusals) == 1, f"one refusal, not {error.refusals}")
        return error.refusals[0].code
    raise AssertionError(f"it should have been refused: {answer}")


async def meet_every_kind(url: str, member: Well, service: Well, stranger: Well, connector: str, log: str) -> None:
    # The whole request: no server, no such caller, too much at once.
    async with Well("http://127.0.0.1:1", "") as lost:
        try:
            await lost.overview()
        except Unreachable as error:
            ensure(error.is_transient, "a server that is away may come back")
        else:
            raise AssertionError("nobody should have answered")
    async with Well(url, "well_sk_not_a_key") as impostor:
        ensure(await failed(impostor.overview()) is Code.UNAUTHENTICATED, "a key that was never made is nobody's")
    ensure(await failed(member.everything()) is Code.COST_LIMIT_EXCEEDED, "an operation has a highest cost")

    # A field: its argument, or the caller's role.
    cursor = member.sync_logs(first=1, after="not a cursor")
    ensure(await failed(cursor) is Code.BAD_CURSOR, "a cursor is never made up")
    ensure(await failed(member.sync_logs(first=1000)) is Code.BAD_USER_INPUT, "a page has a highest size")
    ensure(await failed(member.node("not an id")) is Code.BAD_USER_INPUT, "an id has a form")
    ensure(await failed(member.start_sync(log)) is Code.FORBIDDEN, "only the pipeline starts a sync")
    await parts_of_an_answer(member)

    # Another workspace's row is not there.
    ensure(await stranger.node(connector) is None, "a workspace sees nothing of another")
    foreign = stranger.delete_task(connector)
    ensure(await refused(foreign) is UserErrorCode.NOT_FOUND, "nor does it change anything there")

    # The input of a mutation.
    ensure(await refused(member.create_task("")) is UserErrorCode.BAD_USER_INPUT, "a task has a title")
    ensure(await refused(service.start_sync(log)) is UserErrorCode.INVALID_STATE, "a sync that ended stays so")
    ensure(await refused(service.finish_sync(NOBODYS_ID)) is UserErrorCode.NOT_FOUND, "what is not there is not found")
    await lost_update(member)
    print("every kind of error met")


async def parts_of_an_answer(member: Well) -> None:
    """A field that is refused is null, with a problem of its own; the rest of the answer stands."""
    try:
        await member.mappings()
    except Failed as error:
        mappings = there(Mappings.model_validate(error.data).connector_mappings).nodes
        ensure(all(mapping.expression is None for mapping in mappings), "a member reads no expressions")
        ensure(all(mapping.tool_name for mapping in mappings), "a member reads the rest")
        told = [problem.code is Code.FORBIDDEN and problem.path[-1] == "expression" for problem in error.problems]
        ensure(len(told) == len(mappings) and all(told), "each of them is told")
    else:
        raise AssertionError("a member reads expressions")


async def lost_update(member: Well) -> None:
    """Of two who change the same state of a row, the second learns that it moved on."""
    task = there(there(await member.create_task("Contended", due_date=datetime.now(UTC).date())).task)
    await member.update_task(task.id, title="First", expected_updated_at=task.updated_at)
    second = member.update_task(task.id, title="Second", expected_updated_at=task.updated_at)
    ensure(await refused(second) is UserErrorCode.CONFLICT, "nobody's change is lost")
    await member.delete_task(task.id)
