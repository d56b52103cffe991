"""Documents in S3: each form is written once, and downloaded by a link."""

import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from botmeter.adapters.s3.documents import S3Documents
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import StoreUnavailable
from botmeter.ports.invoices import DocumentFormat, Documents
from tests.integration.conftest import INVOICES
from tests.integration.stores import Answering

KEY = "invoices/acct_acme/INV-2026-000001"
FIRST, SECOND = Documents(b"%PDF one", b"<Invoice/>"), Documents(b"%PDF two", b"<Other/>")
DOWN = EndpointConnectionError(endpoint_url="https://localhost")


def answered(status: int) -> ClientError:
    """An error that S3 answers with."""
    answer: Any = {"Error": {"Code": "Any"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")


def stored() -> dict[str, tuple[bytes, str, str]]:
    """Content, content type and noted hash of each object."""
    s3 = boto3.client("s3")
    names = [entry["Key"] for entry in s3.list_objects_v2(Bucket=INVOICES).get("Contents", [])]
    found = {name: s3.get_object(Bucket=INVOICES, Key=name) for name in names}
    return {n: (o["Body"].read(), o["ContentType"], o["Metadata"]["sha256"]) for n, o in found.items()}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_form_is_stored_with_its_type_and_hash(wired: Wiring) -> None:
    """The PDF beside the electronic invoice; the hash of the PDF is told."""
    assert wired.documents.write_once(KEY, FIRST) == sha256(FIRST.pdf)
    assert stored() == {
        f"{KEY}.pdf": (b"%PDF one", "application/pdf", sha256(b"%PDF one")),
        f"{KEY}.xml": (b"<Invoice/>", "application/xml", sha256(b"<Invoice/>")),
    }
    assert wired.documents.read_pdf(KEY) == FIRST.pdf


def test_document_without_an_electronic_form_is_a_pdf(wired: Wiring) -> None:
    """Where no electronic invoice can be, nothing stands in for it."""
    wired.documents.write_once(KEY, Documents(b"%PDF", None))

    assert list(stored()) == [f"{KEY}.pdf"]


def test_document_is_written_once(wired: Wiring) -> None:
    """What is there is never replaced; its own hash is told."""
    first = wired.documents.write_once(KEY, FIRST)
    before = stored()

    assert wired.documents.write_once(KEY, SECOND) == first
    assert stored() == before


def test_electronic_form_comes_first() -> None:
    """A run that died in between has left no PDF, so whoever sees a PDF sees a complete document."""
    client = Answering(DOWN)
    with pytest.raises(StoreUnavailable):
        documents(client).write_once(KEY, FIRST)

    assert [(name, call["Key"]) for name, call in client.calls] == [("put_object", f"{KEY}.xml")]


def test_run_that_died_in_between_is_completed(wired: Wiring) -> None:
    """The electronic form that is there stays, and the PDF comes beside it."""
    boto3.client("s3").put_object(Bucket=INVOICES, Key=f"{KEY}.xml", Body=b"<First/>")

    assert wired.documents.write_once(KEY, SECOND) == sha256(SECOND.pdf)
    assert boto3.client("s3").get_object(Bucket=INVOICES, Key=f"{KEY}.xml")["Body"].read() == b"<First/>"


@pytest.mark.parametrize(
    ("form", "name", "content", "content_type"),
    [
        (DocumentFormat.PDF, "INV-2026-000001.pdf", FIRST.pdf, "application/pdf"),
        (DocumentFormat.UBL, "INV-2026-000001.xml", FIRST.ubl, "application/xml"),
    ],
)
def test_link_downloads_one_form_for_five_minutes(
    wired: Wiring, form: DocumentFormat, name: str, content: bytes, content_type: str
) -> None:
    """It names the stored object, and the file that a browser makes of it."""
    wired.documents.write_once(KEY, FIRST)
    url = urlsplit(wired.documents.download_url(KEY, form, "INV-2026-000001"))
    query = {key: value for key, (value,) in parse_qs(url.query).items()}

    assert stored()[url.path.removeprefix("/")][:2] == (content, content_type)
    assert query["response-content-disposition"] == f'attachment; filename="{name}"'
    assert query["response-content-type"] == content_type
    assert query["X-Amz-Expires"] == "300"


def documents(client: Answering) -> S3Documents:
    """Documents behind a client that gives prepared answers."""
    return S3Documents(client, INVOICES)  # type: ignore[arg-type] # not all that a client can


@pytest.mark.parametrize(
    "answers",
    [
        (DOWN,),
        (answered(403),),
        (answered(503),),
        # Somebody else was about to write it, and failed.
        (answered(409), answered(404)),
        (answered(412), ReadTimeoutError(endpoint_url="https://localhost")),
    ],
)
def test_store_that_does_not_answer_is_told(answers: tuple[Exception, ...]) -> None:
    """Nothing is taken for stored that has not been seen; the call may be made again."""
    client = Answering(*answers)
    with pytest.raises(StoreUnavailable):
        documents(client).write_once(KEY, Documents(b"%PDF", None))

    assert client.answers == []


def test_pdf_that_is_not_there_is_told(wired: Wiring) -> None:
    """It cannot be read, nor can it while S3 does not answer."""
    with pytest.raises(StoreUnavailable):
        wired.documents.read_pdf(KEY)
    with pytest.raises(StoreUnavailable):
        documents(Answering(DOWN)).read_pdf(KEY)
    with pytest.raises(StoreUnavailable):
        documents(Answering(DOWN)).download_url(KEY, DocumentFormat.PDF, "INV-1")
