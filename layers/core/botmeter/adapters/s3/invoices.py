"""Invoice documents: written once, downloaded by links that expire."""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DOWNLOAD_EXPIRES_S = 300
_EXISTS = {409, 412}


class S3Invoices:
    """Documents in `bucket`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write_once(self, key: str, pdf: bytes) -> str:
        """Store `pdf` unless something is there; returns the SHA-256 (hex) of what is stored."""
        sha256 = hashlib.sha256(pdf).hexdigest()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=pdf,
                ContentType="application/pdf",
                Metadata={"sha256": sha256},
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _EXISTS:
                raise StoreUnavailable(str(error)) from error
            return self._stored_sha256(key)
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        return sha256

    def download_url(self, key: str, filename: str) -> str:
        """A link that downloads the document as `filename` for five minutes."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{filename}"',
                "ResponseContentType": "application/pdf",
            },
            ExpiresIn=DOWNLOAD_EXPIRES_S,
        )

    def _stored_sha256(self, key: str) -> str:
        """The hash of the document that was there first."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(str(error)) from error
        return hashlib.sha256(answer["Body"].read()).hexdigest()
