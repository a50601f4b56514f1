from typing import Any

import pytest

from devtool.exports.views import service_view, tool_view
from micro.errors import ConfigError
from micro.sections import LintSettings
from micro.snapshots import ToolView
from micro_devtool.lint.findings import check_settings, judged
from micro_devtool.lint.rules import RULES, lint

GOOD = "Retrieve one user by ID, with the full profile."


def found(*tools: ToolView, server: str = "shop", **settings: Any) -> dict[str, str]:
    chosen = LintSettings(**settings)
    findings = judged(lint([service_view(*tools)], chosen, server=server), chosen)
    return {each.rule: each.severity for each in findings}


def taking(description: str = GOOD, **properties: Any) -> ToolView:
    schema = {"type": "object", "properties": properties}
    return tool_view(description=description, input_schema=schema, examples=({"a": 1},))


ID = {"type": "string", "description": "Which user"}


def test_a_tool_that_agents_can_use_has_no_findings():
    assert found(taking(id=ID)) == {}


def test_a_service_without_anything_is_told():
    assert found() == {"empty-service": "warning"}


@pytest.mark.parametrize(
    ("tool", "rule", "severity"),
    [
        (taking("", id=ID), "missing-description", "error"),
        (taking("Gets users.", id=ID), "vague-description", "warning"),
        (taking(id={"type": "string"}), "undocumented-parameter", "warning"),
        (taking(id={"description": "Which"}), "any-type", "warning"),
        (
            taking(id={"description": "x", "anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]}),
            "object-union",
            "warning",
        ),
        (
            tool_view(description=GOOD, input_schema={"anyOf": [{"required": ["a"]}]}),
            "client-refuses",
            "error",
        ),
        (taking("word " * 300, id=ID), "client-changes", "warning"),
        (
            tool_view(description=GOOD, input_schema={"properties": {"id": ID}}),
            "missing-example",
            "info",
        ),
        (
            tool_view(description=GOOD, annotations={"destructiveHint": True}),
            "unapproved",
            "info",
        ),
    ],
)
def test_what_makes_a_tool_hard_to_use_is_found(tool: ToolView, rule: str, severity: str):
    assert found(tool) == {rule: severity}


def test_a_schema_that_contains_itself_is_found():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/Node", "description": "The tree"}},
        "$defs": {"Node": node},
    }
    tool = tool_view(description=GOOD, input_schema=schema, examples=({},))
    assert found(tool) == {"recursive-schema": "warning"}


def test_the_project_is_judged_as_a_whole():
    tools = [
        tool_view(f"users.t{n}", description=GOOD, annotations={"destructiveHint": True})
        for n in range(4)
    ]
    assert found(*tools, max_tools=3, budget=10) == {
        "all-destructive": "warning",
        "too-many-tools": "warning",
        "token-budget": "error",
        "unapproved": "info",
    }


@pytest.mark.parametrize("approval", ["always", "sometimes"])
def test_a_destructive_tool_that_somebody_has_to_allow_has_no_findings(approval: str):
    hints = {"destructiveHint": True}
    assert found(tool_view(description=GOOD, annotations=hints, approval=approval)) == {}


def test_a_project_may_ignore_a_rule_for_some_tools_and_weigh_the_others_anew():
    tool = taking("Gets users.", id={"type": "string"})
    kept = found(
        tool,
        ignore=("vague-description:users.*", "missing-example:orders.*"),
        severity={"undocumented-parameter": "error"},
    )
    assert kept == {"undocumented-parameter": "error"}
    assert found(tool, severity=dict.fromkeys(RULES, "off")) == {}


def test_a_rule_that_is_none_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ConfigError) as refused:
        check_settings(LintSettings(ignore=("missing-exampel:a.b",)), RULES)
    assert refused.value.mend == "did you mean 'missing-example'?"
