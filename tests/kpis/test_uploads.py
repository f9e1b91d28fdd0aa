"""The import wizard, from the file to the batch, as a browser goes through it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from kpis.models import Upload
from tests import make
from tests.kpis import hostile
from tests.kpis.uploads import bring, page, worked

ROOT = Path(__file__).parents[2]

MESSY = ROOT.parent / "shared" / "data" / "messy_spreadsheets"
real = pytest.mark.skipif(not MESSY.is_dir(), reason="the folder of messy spreadsheets is not here")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelves")]


@pytest.fixture
def head(client, creative_head):
    client.force_login(creative_head)
    return client


@pytest.fixture
def jobs(creative):
    return make.kpi(creative, code="jobs", name="Open jobs")


@pytest.mark.once
@real
def test_every_messy_spreadsheet_ends_in_a_preview_or_a_clear_reason(head, jobs):
    refused = {}
    for path in sorted(MESSY.glob("*/*.*")):
        answer = head.post(reverse("kpis:uploads"), {"file": path.open("rb")})
        if answer.status_code == 200:
            refused[path.name] = "This file is empty"
            assert refused[path.name] in answer.text
            continue
        upload = worked(Upload.objects.newest_first().first())
        shown = page(head, upload)
        if upload.state == "failed":
            refused[path.name] = upload.trouble
        else:
            assert upload.state == "read"
            assert upload.seen["preview"]
            assert upload.seen["heads"][0] in shown or not upload.seen["heads"][0]
    nothing = "nothing stands below the names of its columns in row 1."
    assert refused == {
        "empty.csv": "This file is empty",
        "merged-cells-boolean.xls": f"merged-cells-boolean.xls cannot be read: {nothing}",
        "merged-cells.xls": f"merged-cells.xls cannot be read: {nothing}",
        "merged-cells.xlsx": f"merged-cells.xlsx cannot be read: {nothing}",
        "null_byte.csv": "null_byte.csv cannot be read: it has NUL bytes in it, so it is not text."
        " Save it as CSV in UTF-8.",
        "without-rows.csv": f"without-rows.csv cannot be read: {nothing}",
    }


MILLION = "BDWGN"  # the name of the millionth column


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "make_file", "reason"),
    [
        ("bomb.xlsx", hostile.bomb, "KB unfold to 40 MB, which no table does that people fill in"),
        ("wide.xlsx", lambda path: hostile.declaring(path, f"A1:{MILLION}3", f"{MILLION}3"), "1,000,000 columns"),
        ("far.xlsx", lambda path: hostile.declaring(path, "A1:XFD9", "XFD1048576"), "more memory or time"),
        ("secret.xlsx", hostile.encrypted, "protected by a password"),
        ("commas.csv", lambda path: written(path, b"a," * 500_000 + b"\n1,2\n"), "500,000 columns, more than 16,384"),
        ("names.csv", lambda path: written(path, b"column," * 10**6 + b"\n1\n"), "a row has more than 1,048,576"),
        ("nul.csv", lambda path: written(path, b"a,b\n1,\0\n"), "NUL bytes"),
        ("picture.xlsx", lambda path: written(path, b"\x89PNG\r\n\x1a\n" + bytes(50)), "it is no table"),
        ("letter.csv", lambda path: zipped(path, "word/document.xml"), "an archive, but no spreadsheet"),
        ("torn.xlsx", lambda path: written(path, hostile.workbook(path).read_bytes()[:2000]), "damaged or cut off"),
        ("head.csv", lambda path: written(path, b"department,kpi,date,value\n"), "nothing stands below"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence_with_the_files_name(
    head, tmp_path, shelves, name, make_file, reason
):
    upload = worked(bring(head, make_file(tmp_path / "made").read_bytes(), name))
    assert upload.state == "failed"
    assert upload.trouble.startswith(f"{name} cannot be read: ")
    assert reason in upload.trouble
    assert upload.trouble.count("cannot be read") == 1
    assert reason in page(head, upload)
    assert not list(shelves.glob("*/upload"))


def written(path, content):
    path.write_bytes(content)
    return path


def zipped(path, part):
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(part, "text")
    return path


@pytest.mark.parametrize(
    ("name", "make_file"),
    [
        ("declared.xlsx", lambda path: hostile.declaring(path, f"A1:{MILLION}1048576")),
        ("misnamed.csv", lambda path: hostile.workbook(path, [("a", "b"), (1, 2)])),
        ("misnamed.xls", lambda path: hostile.workbook(path, [("a", "b"), (1, 2)])),
        ("misnamed.ods", lambda path: written(path, b"a;b\n1;2\n")),
    ],
)
def test_a_wrong_name_or_a_boast_of_its_size_does_not_hinder(head, tmp_path, name, make_file):
    upload = worked(bring(head, make_file(tmp_path / "made").read_bytes(), name))
    assert (upload.state, upload.seen["rows"], len(upload.seen["heads"])) == ("read", 1, 2)


LOOK = """
import resource, sys
from kpis import sheets
from kpis.look import Unusable, look_at
from kpis.profile import Vocabulary
try:
    sheets.sheet_names(sys.argv[1])
    look_at(sheets.read(sys.argv[1]).rows, Vocabulary())
except (sheets.UnreadableFile, Unusable) as error:
    print(error, file=sys.stderr)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024 + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.once
@pytest.mark.process
@pytest.mark.parametrize("number", range(6))
def test_no_file_takes_more_than_512_megabytes_of_the_worker_and_its_reader_together(tmp_path, monkeypatch, number):
    wide = ",".join(str(n % 10) for n in range(500_000)).encode()
    path = [
        hostile.bomb,
        hostile.repeating_bomb,
        lambda path: hostile.declaring(path, f"A1:{MILLION}3", f"{MILLION}3"),
        lambda path: written(path, b"\n".join([wide] * 20)),
        lambda path: written(path, (b"x" * 1_000_000 + b"\n") * 60),
        lambda path: written(path, b"department,kpi,date,value\n" + b"Creative,jobs,2026-11-09,5\n" * 10**6),
    ][number](tmp_path / "made")
    command = [sys.executable, "-c", LOOK, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) < 512
