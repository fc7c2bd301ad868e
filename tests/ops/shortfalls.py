"""Write shortfalls.csv from a test report: what fails, and the first line of why.

    pytest tests/ops -n auto --junitxml=report.xml
    python -m tests.ops.shortfalls report.xml
"""

import csv
import re
import sys
import xml.etree.ElementTree as ElementTree

from tests.ops.conftest import LIST


def shortfalls(report: str) -> dict[str, str]:
    """Test name -> reason, of the tests that failed or were expected to."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        if not case.get("classname", "").endswith("test_ops"):
            continue
        failure = case.find("failure")
        skipped = case.find("skipped")
        if failure is not None:
            text = failure.get("message") or ""
            if "[XPASS(strict)]" in text:
                continue
            line = re.sub(r"0x[0-9a-f]+", "0x", " ".join(text.split()))
            found[case.get("name")] = line[:160]
        elif skipped is not None and skipped.get("type") == "pytest.xfail":
            found[case.get("name")] = skipped.get("message") or "differs"
    return found


if __name__ == "__main__":
    rows = shortfalls(sys.argv[1])
    with LIST.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(sorted(rows.items()))
    print(f"{len(rows)} shortfalls")
