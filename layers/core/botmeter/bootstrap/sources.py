"""The services of event sources over the adapters, each made when it is first asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from botmeter.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from botmeter.ports.event_sources import SourceDirectory, TokenReader
    from botmeter.services.authenticate_source import AuthenticateSource
    from botmeter.services.manage_event_sources import ManageEventSources


@dataclass(frozen=True)
class Sources(Adapters):
    """Who may send events."""

    @cached_property
    def source_directory(self) -> "SourceDirectory":
        """Knows keys."""
        from botmeter.adapters.s3.event_sources import S3SourceDirectory

        return S3SourceDirectory(self.client("s3"), self.settings.operations_bucket)

    @cached_property
    def manage_event_sources(self) -> "ManageEventSources":
        """Adds and revokes sources."""
        from botmeter.adapters.dynamo.event_sources import DynamoEventSources
        from botmeter.adapters.s3.event_sources import S3SourcePublisher
        from botmeter.services.manage_event_sources import ManageEventSources

        self._bind_models()
        publisher = S3SourcePublisher(self.client("s3"), self.settings.operations_bucket)
        return ManageEventSources(self.accounts, DynamoEventSources(), publisher)

    def authenticate_source(self, read_token: "TokenReader") -> "AuthenticateSource":
        """Says who sends, with tokens as they are read there."""
        from botmeter.services.authenticate_source import AuthenticateSource

        return AuthenticateSource(self.source_directory, read_token)

    @property
    def user_pool_url(self) -> str:
        """Where the user pool publishes the keys of its tokens: at AWS, or in the local stack."""
        return f"{self.client('cognito-idp').meta.endpoint_url}/{self.settings.user_pool_id}"
