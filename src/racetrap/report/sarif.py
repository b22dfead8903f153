"""Explanations as SARIF 2.1.0 (OASIS Standard, 2020): one result for each finding, one threadFlow for each task.

Fingerprints are made of symbols (rule, functions, roles), so that they stay when lines move.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import msgspec

from racetrap import __version__
from racetrap.case import Site
from racetrap.explain import words
from racetrap.explain.model import Explanation
from racetrap.report.explanation import status
from racetrap.report.inert import inert


def render(made: list[Explanation]) -> str:
    """The log as text."""
    rules = {e.finding.code: e for e in made}
    run = {
        "tool": {
            "driver": {
                "name": "racetrap",
                "version": __version__,
                "informationUri": "https://pypi.org/project/racetrap/",
                "rules": [_rule(code) for code in sorted(rules)],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the hunted project."}}},
        "results": [_result(e, sorted(rules).index(e.finding.code)) for e in made],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def fingerprint(made: Explanation) -> str:
    """Equal for the same cause in the same functions, whatever their lines."""
    finding = made.finding
    parts = [finding.code, finding.resource, *sorted({f"{s.path}|{s.function}|{s.role.partition(' (')[0]}" for s in finding.sites})]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _rule(code: str) -> dict[str, Any]:
    from racetrap_probe import oracles

    text = oracles.rule_text(code) or code
    title = text.splitlines()[0].partition(": ")[2] or code
    return {
        "id": code,
        "shortDescription": {"text": f"{title[:1].upper()}{title[1:]}."},
        "help": {"text": text},
        "defaultConfiguration": {"level": "error"},
    }


def _result(made: Explanation, rule: int) -> dict[str, Any]:
    finding = made.finding
    primary = made.root.site or next(iter(finding.sites), None)
    sentences = [_sentence(finding.title), _sentence(f"Root: {made.root.why}"), _sentence(made.counterfactual)]
    if status(made):
        sentences.insert(0, _sentence(f"Not beyond doubt: {status(made)}"))
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": " ".join(s for s in sentences if s)},
        "locations": [_location(primary)] if primary is not None and primary.line else [],
        "relatedLocations": [
            {**_location(s), "id": n, "message": {"text": _sentence(s.role)}} for n, s in enumerate(finding.sites, start=1) if s.line
        ],
        "partialFingerprints": {"racetrap/symbols/v1": fingerprint(made)},
        "codeFlows": [{"message": {"text": "The minimised run, one thread flow for each task."}, "threadFlows": _flows(made)}],
        "properties": {"replayed": list(finding.replayed), "orderings": [inert(o.text) for o in made.orderings]},
    }


def _flows(made: Explanation) -> list[dict[str, Any]]:
    """What the timeline's tasks did, each in its own order; executionOrder is the order of all."""
    flows: dict[int, list[dict[str, Any]]] = {}
    for order, moment in enumerate(made.timeline, start=1):
        if moment.site is None or not moment.site.line or moment.event >= len(made.events):
            continue
        location = {**_location(moment.site), "message": {"text": _sentence(f"{moment.label}: {moment.who} {moment.what}")}}
        flows.setdefault(made.events[moment.event].actor, []).append({"executionOrder": order, "location": location, "importance": "essential"})
    return [
        {"id": inert(made.actor(actor).key), "message": {"text": inert(words.who(made.actor(actor)))}, "locations": steps}
        for actor, steps in sorted(flows.items())
    ]


def _location(site: Site) -> dict[str, Any]:
    uri = {"uri": quote(site.path)}
    return {
        "physicalLocation": {
            "artifactLocation": uri if site.path.startswith("/") else {**uri, "uriBaseId": "ROOT"},
            "region": {"startLine": max(1, site.line)},
        },
        "logicalLocations": [{"fullyQualifiedName": inert(site.function), "kind": "function"}] if site.function else [],
    }


def _sentence(text: str) -> str:
    text = inert(text.strip())
    return text if not text or text.endswith((".", "!", "?")) else f"{text[:1].upper()}{text[1:]}."
