"""What the renderers make of an explanation; hostile text stays text in all of them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from made import explanation, finding

from racetrap.case import Site
from racetrap.errors import Problem
from racetrap.explain.model import Count, Root
from racetrap.report import explained_json, files, github, html, perfetto, sarif
from racetrap.report import explanation as text
from racetrap.report.formats import FORMATS, outputs, rendered
from racetrap.report.paint import Paint
from racetrap.report.source import SourceLines

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e::error::x%0A\n::set-output name=a::b'\"../../etc/passwd"


def hostile():
    site = Site(path=HOSTILE, line=1, function=HOSTILE, role=HOSTILE)
    made = explanation()
    events = [msgspec.structs.replace(e, object=HOSTILE, path=HOSTILE, function=HOSTILE, detail=HOSTILE) for e in made.events]
    actors = [msgspec.structs.replace(a, name=HOSTILE, key=HOSTILE) for a in made.actors]
    return msgspec.structs.replace(
        made, finding=finding(title=HOSTILE, sites=[site], unit=HOSTILE), unit=HOSTILE, events=events, actors=actors,
        root=Root(known=True, why=HOSTILE, site=site), counterfactual=HOSTILE,
        chain=[msgspec.structs.replace(link, text=HOSTILE, reason=HOSTILE, site=site) for link in made.chain],
        timeline=[msgspec.structs.replace(m, who=HOSTILE, what=HOSTILE, site=site) for m in made.timeline],
        orderings=[msgspec.structs.replace(o, text=HOSTILE, reverse=HOSTILE) for o in made.orderings],
    )


class Page(HTMLParser):
    """Elements, ids and links of a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src"):
                self.links.append(value)
            if name.startswith("on"):
                self.handlers.append(name)


@pytest.mark.parametrize("name", [f for f in FORMATS if f != "json"])
def test_hostile_text_gives_no_orders_to_whoever_reads_it(name: str) -> None:
    content = rendered(name, [hostile()], Paint(False))
    assert "\x1b" not in content
    assert "\u202e" not in content
    assert "<script>" not in content or name != "html"
    assert not [line for line in content.splitlines() if line.startswith("::") and not line.startswith("::error ")]
    if name == "github":
        assert len(content.splitlines()) == 1, content


def test_the_page_holds_no_script_no_handler_and_no_address_of_another_place() -> None:
    page = Page(html.render([hostile()]))
    assert "script" not in page.elements
    assert not page.handlers
    assert all(link.startswith("#") or link == "../index.html" for link in page.links), page.links


def test_every_event_drawn_links_to_the_event_that_led_to_it() -> None:
    page = Page(html.render([explanation()]))
    assert len(page.ids) == len(set(page.ids))
    assert "e1" in page.ids
    assert "#e1" in page.links
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_page_is_small_and_quotes_the_source_with_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("\n".join(f"line_{n} = '<b>{n}</b>'" for n in range(1, 9)))
    content = html.render([explanation(str(tmp_path))])
    assert len(content.encode()) < 2_000_000
    assert re.search(r'class="row mark"><span class="n">3</span>line_3 = &#39;&lt;b&gt;3', content)


def test_a_page_of_several_findings_has_no_identifier_twice() -> None:
    page = Page(html.render([explanation(), explanation(finding=finding(id="F2"))]))
    assert len(page.ids) == len(set(page.ids))


def test_doubts_stand_in_the_first_line() -> None:
    doubtful = explanation(finding=finding(replayed=(9, 10), stock_tries=(0, 20)), replays=Count(shown=8, of=10))
    first = text.render(doubtful, Paint(False)).splitlines()[0]
    assert "replayed 9/10 only" in first
    assert "the minimised run 8/10 only" in first
    assert "not confirmed on asyncio's own loop (0 of 20)" in first
    assert "[" not in text.render(explanation(), Paint(False)).splitlines()[0]


def test_the_text_tells_orders_counts_chain_root_and_cost() -> None:
    told = text.render(explanation(), Paint(False))
    for part in ("hold task 2 until task 3 passed", "0 of 20 runs fail (cured)", "task 2 returns Connection #1", "app.py:3", "from 7 constraints to 1",
                 "10/10", "9 of 60 schedules", "decision 4 of 4", "100 runs"):
        assert part in told, part


def test_sarif_has_a_thread_flow_for_each_task_and_fingerprints_without_lines() -> None:
    log = json.loads(sarif.render([explanation()]))
    result = log["runs"][0]["results"][0]
    flows = result["codeFlows"][0]["threadFlows"]
    assert [len(f["locations"]) for f in flows] == [1, 1]
    assert [s["executionOrder"] for f in flows for s in f["locations"]] == [1, 2]
    moved = [msgspec.structs.replace(s, line=s.line + 40) for s in finding().sites]
    other = json.loads(sarif.render([explanation(finding=finding(sites=moved))]))["runs"][0]["results"][0]
    assert result["partialFingerprints"] == other["partialFingerprints"]
    renamed = [msgspec.structs.replace(s, function="other") for s in finding().sites]
    third = json.loads(sarif.render([explanation(finding=finding(sites=renamed))]))["runs"][0]["results"][0]
    assert result["partialFingerprints"] != third["partialFingerprints"]
    assert result["message"]["text"].endswith(".")
    assert log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "ACK001"


@pytest.mark.parametrize(("findings", "lines", "last"), [(1, 1, "ACK001"), (10, 10, "F9"), (13, 10, "and 4 more")])
def test_there_are_at_most_ten_annotations_and_the_last_counts_the_rest(findings: int, lines: int, last: str) -> None:
    content = github.render([explanation(finding=finding(id=f"F{n}")) for n in range(findings)]).splitlines()
    assert len(content) == lines
    assert last in content[-1]


def test_the_trace_has_a_track_for_each_task_and_resource_and_arrows_between_tasks() -> None:
    rows = json.loads(perfetto.render(explanation()))["traceEvents"]
    names = {r["args"]["name"] for r in rows if r["name"] == "thread_name"}
    assert {"task 2 (work)", "task 3 (work)", "Connection #1"} <= names
    starts = [r for r in rows if r["ph"] == "s"]
    assert [(r["tid"], r["id"]) for r in starts] == [(2, 2)]
    assert len([r for r in rows if r["ph"] == "f"]) == len(starts)
    assert len([r for r in rows if r["ph"] == "X" and r["pid"] == 2]) == 2


def test_json_reads_back_as_what_it_was() -> None:
    made = explanation()
    assert msgspec.json.decode(explained_json.render([made]), type=type(made)) == made


def test_the_script_quotes_what_it_is_given(tmp_path: Path) -> None:
    made = hostile()
    script = files.repro(made, tmp_path / "a b'c")
    assert "\n::set-output" not in script
    assert script.splitlines()[-1].startswith("exec racetrap replay '")


def test_the_index_lists_findings_that_are_not_explained_too(tmp_path: Path) -> None:
    from racetrap.case import as_json
    from racetrap.store import Saved

    for name in ("F1", "F2", "F10"):
        (tmp_path / name).mkdir()
        saved = Saved(finding=finding(id=name, title=HOSTILE), workload=explanation().workload)
        (tmp_path / name / "finding.json").write_bytes(as_json(saved))
    (tmp_path / "F3").mkdir()
    (tmp_path / "F3" / "finding.json").write_text("{")
    (tmp_path / "F2" / "report.html").write_text("x")
    html.write_index(tmp_path)
    content = (tmp_path / "index.html").read_text()
    page = Page(content)
    assert page.links == ["F2/report.html"]
    assert content.index("racetrap explain F1<") < content.index("racetrap explain F10<")
    assert "script" not in page.elements


@pytest.mark.parametrize(
    ("typed", "words"),
    [("htlm", "--format html"), ("html=/nowhere/x.html", "cannot be written"), ("sarif=/", "that is a directory")],
)
def test_a_wrong_format_is_refused_before_anything_runs(typed: str, words: str) -> None:
    with pytest.raises(Problem) as raised:
        outputs([typed])
    assert words in f"{raised.value.what} {raised.value.seen} {raised.value.fix}"


def test_files_that_are_not_the_programs_source_are_not_quoted(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.txt").write_text("password\n")
    (tmp_path / "other.py").write_text("password\n")
    (project / "app.py").write_text("yes = 1\n")
    source = SourceLines(str(project))
    assert source.line("app.py", 1) == "yes = 1"
    for path in ("../secret.txt", str(tmp_path / "secret.txt"), "../other.py", "/etc/passwd", "/etc/hostname"):
        assert source.line(path, 1) == ""


def test_orders_that_do_not_make_it_fail_again_are_said_in_the_first_line() -> None:
    (ordering,) = explanation().orderings
    for shown, said in ((0, True), (9, True), (18, False)):
        made = explanation(orderings=[msgspec.structs.replace(ordering, with_it=Count(shown=shown, of=20))])
        first = text.render(made, Paint(False)).splitlines()[0]
        assert (f"fails in {shown} of 20 runs" in first) is said


def test_an_order_that_was_not_turned_round_is_not_called_cured() -> None:
    (ordering,) = explanation().orderings
    made = explanation(orderings=[msgspec.structs.replace(ordering, reversed=Count(shown=0, of=0))])
    for said in (text.render(made, Paint(False)), html.render([made])):
        assert "not turned round, the time was up" in said
        assert "(cured)" not in said
        assert "0 of 0" not in said
