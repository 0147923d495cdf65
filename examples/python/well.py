"""The generated client, with what may go wrong sorted into types."""

from collections.abc import Sequence
from enum import StrEnum

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter
from pydantic.alias_generators import to_camel

from well_api import Client
from well_api.async_base_client import Response
from well_api.fragments import Refusal


class Code(StrEnum):
    """Every `extensions.code` of the API."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID_STATE = "INVALID_STATE"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    RESPONSE_TOO_LARGE = "RESPONSE_TOO_LARGE"
    BATCHING_DISABLED = "BATCHING_DISABLED"
    MAX_OPERATIONS_LIMIT = "MAX_OPERATIONS_LIMIT"
    MAX_TOKENS_LIMIT = "MAX_TOKENS_LIMIT"
    MAX_NESTING_LIMIT = "MAX_NESTING_LIMIT"
    MAX_FIELDS_LIMIT = "MAX_FIELDS_LIMIT"
    MAX_DEPTH_LIMIT = "MAX_DEPTH_LIMIT"
    MAX_ALIASES_LIMIT = "MAX_ALIASES_LIMIT"
    MAX_ROOT_FIELDS_LIMIT = "MAX_ROOT_FIELDS_LIMIT"
    MAX_DIRECTIVES_LIMIT = "MAX_DIRECTIVES_LIMIT"
    COST_LIMIT_EXCEEDED = "COST_LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    SUBSCRIPTION_LAGGED = "SUBSCRIPTION_LAGGED"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    UNKNOWN = "UNKNOWN"
    """One that is newer than this client."""

    @classmethod
    def _missing_(cls, value: object) -> "Code":
        return cls.UNKNOWN


class Extensions(BaseModel):
    """What an error says to programs."""

    model_config = ConfigDict(alias_generator=to_camel)

    code: Code = Code.UNKNOWN
    error_id: str | None = None
    """Under this id a fault of the server stands in its log."""


class Problem(BaseModel):
    """One error at the top level of an answer."""

    message: str
    path: list[str | int] = []
    """The field that was refused or failed; empty when it was the whole request."""
    extensions: Extensions = Extensions()

    @property
    def code(self) -> Code:
        return self.extensions.code


class Answer(BaseModel):
    """The body of every answer."""

    data: dict[str, JsonValue] | None = None
    errors: list[Problem] = []


class WellError(Exception):
    """Why there is no result."""

    is_transient = False
    """Whether the same request may succeed a moment later. A mutation needs an `idempotencyKey` to be sent again."""


class Unreachable(WellError):
    """The server could not be reached, or did not answer in time."""

    is_transient = True


class NotGraphQL(WellError):
    """Whatever answered does not speak GraphQL: a proxy, perhaps."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answer {status} is not GraphQL")
        self.is_transient = status >= 500


class Failed(WellError):
    """The request, or a field of it, was refused or failed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("; ".join(f"{problem.code} {problem.path}: {problem.message}" for problem in answer.errors))
        self.problems = answer.errors
        self.data = answer.data
        """What could be answered; the fields that could not are null. None when nothing was executed."""
        transient = (Code.RATE_LIMITED, Code.REQUEST_TIMEOUT, Code.SERVICE_UNAVAILABLE)
        self.is_transient = all(problem.code in transient for problem in answer.errors)


class Refused(WellError):
    """The mutation ran and did not accept its input."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(f"{refusal.code} {refusal.path}: {refusal.message}" for refusal in refusals))
        self.refusals = refusals


REFUSALS = TypeAdapter(list[Refusal])


class Well(Client):
    """A caller of the server at `url`, such as `http://127.0.0.1:8080`, with a token or an API key."""

    def __init__(self, url: str, credential: str) -> None:
        headers = {"authorization": f"Bearer {credential}", "accept": "application/graphql-response+json"}
        super().__init__(url=f"{url}/graphql", headers=headers)

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, object] | None = None,
        **kwargs: object,
    ) -> Response:
        try:
            return await super().execute(query, operation_name, variables, timeout=30, **kwargs)
        except httpx.TransportError as error:
            raise Unreachable(str(error)) from error

    def get_data(self, response: Response) -> dict[str, JsonValue]:
        try:
            answer = Answer.model_validate(response.json())
        except ValueError as error:
            raise NotGraphQL(response.status_code) from error
        if answer.errors or answer.data is None:
            raise Failed(answer)
        for payload in answer.data.values():
            if isinstance(payload, dict) and payload.get("userErrors"):
                raise Refused(REFUSALS.validate_python(payload["userErrors"]))
        return answer.data
