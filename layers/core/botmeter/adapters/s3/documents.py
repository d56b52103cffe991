"""The documents of invoices and credit notes: written once, downloaded by links that expire."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable
from botmeter.ports.invoices import DocumentFormat, Documents

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DOWNLOAD_EXPIRES_S = 300
# What S3 answers when something is there, or is being written by somebody else.
_OTHERS_WERE_FIRST = {409, 412}


@dataclass(frozen=True, slots=True)
class _Form:
    """How a form is stored, and named when it is downloaded."""

    ending: str
    content_type: str


_FORMS: Final = {
    DocumentFormat.PDF: _Form(".pdf", "application/pdf"),
    DocumentFormat.UBL: _Form(".xml", "application/xml"),
}


class S3Documents:
    """Documents in `bucket`: `key.pdf` and, where there is one, `key.xml`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write_once(self, key: str, documents: Documents) -> str:
        """Store each form unless it is there; returns the SHA-256 (hex) of the PDF that is stored.

        The PDF comes last: where it is, the document is complete.
        """
        if documents.ubl is not None:
            self._write(key, DocumentFormat.UBL, documents.ubl)
        return self._write(key, DocumentFormat.PDF, documents.pdf)

    def read_pdf(self, key: str) -> bytes:
        """The PDF that is stored under `key`; raises `StoreUnavailable` if there is none."""
        return self._read(key, DocumentFormat.PDF)

    def download_url(self, key: str, form: DocumentFormat, filename: str) -> str:
        """A link that downloads one form, for five minutes, as `filename` with its ending."""
        stored_as = _FORMS[form]
        params = {
            "Bucket": self._bucket,
            "Key": key + stored_as.ending,
            "ResponseContentDisposition": f'attachment; filename="{filename}{stored_as.ending}"',
            "ResponseContentType": stored_as.content_type,
        }
        try:
            return self._client.generate_presigned_url(
                ClientMethod="get_object", Params=params, ExpiresIn=DOWNLOAD_EXPIRES_S
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(str(error)) from error

    def _write(self, key: str, form: DocumentFormat, content: bytes) -> str:
        """Store one form unless it is there; returns the hash of what is stored."""
        stored_as, sha256 = _FORMS[form], hashlib.sha256(content).hexdigest()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key + stored_as.ending,
                Body=content,
                ContentType=stored_as.content_type,
                Metadata={"sha256": sha256},
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _OTHERS_WERE_FIRST:
                raise StoreUnavailable(str(error)) from error
            # Read, since whoever is writing it at this moment may fail yet.
            return hashlib.sha256(self._read(key, form)).hexdigest()
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        return sha256

    def _read(self, key: str, form: DocumentFormat) -> bytes:
        """One form as it is stored."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key + _FORMS[form].ending)
            return answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(str(error)) from error
