"""What S3 says went wrong."""

from http import HTTPStatus

from botocore.exceptions import ClientError


def status(error: ClientError) -> HTTPStatus:
    """The HTTP status of S3's answer."""
    return HTTPStatus(error.response["ResponseMetadata"]["HTTPStatusCode"])
